"""The regions of China whose tax offices issue invoices: provinces, and the cities with an office of their own."""

from __future__ import annotations

MUNICIPALITIES = ("北京", "上海", "天津", "重庆")
PROVINCES = [
    "河北",
    "山西",
    "辽宁",
    "吉林",
    "黑龙江",
    "江苏",
    "浙江",
    "安徽",
    "福建",
    "江西",
    "山东",
    "河南",
    "湖北",
    "湖南",
    "广东",
    "海南",
    "四川",
    "贵州",
    "云南",
    "陕西",
    "甘肃",
    "青海",
]
AUTONOMOUS = {"内蒙古": "自治区", "广西": "壮族自治区", "西藏": "自治区", "宁夏": "回族自治区", "新疆": "维吾尔自治区"}
CITIES = ("深圳", "大连", "青岛", "宁波", "厦门")
"""Cities whose tax office stands beside that of their province."""

SUFFIXES = {
    **dict.fromkeys(MUNICIPALITIES, "市"),
    **dict.fromkeys(PROVINCES, "省"),
    **AUTONOMOUS,
    **dict.fromkeys(CITIES, "市"),
}


def region_in(text: str) -> tuple[int, int, str] | None:
    """Return the first region that a text names, with its start and end, and the city after it: 广东省深圳市.

    The full name is returned also where the text leaves the suffix out (北京税务局).
    """
    places = [(text.find(name), name) for name in SUFFIXES if name in text]
    if not places:
        return _any_region(text)
    start, name = min(places)
    end = start + len(name)
    suffix = next((form for form in (SUFFIXES[name], "自治区") if text.startswith(form, end)), "")
    end += len(suffix)
    city = text[end:].find("市")
    if 1 < city <= 4:
        return start, end + city + 1, f"{name}{SUFFIXES[name]}{text[end : end + city + 1]}"
    return start, end, name + SUFFIXES[name]


def short_region(text: str) -> str:
    """Return the first region that a text names without its suffix, as invoices do: 广东; "" where it names none."""
    known = region_in(text)
    return next((name for name in SUFFIXES if known and known[2].startswith(name)), "")


def _any_region(text: str) -> tuple[int, int, str] | None:
    """Return what ends like a region though no name fits, for cities and counties, and for a province misread."""
    start = text.rfind("总局") + 2 if "总局" in text else 0
    for suffix in ("省", "市", "自治区", "自治州", "县"):
        end = text.find(suffix, start + 2)
        if end > 0:
            name = _province_like(text[start:end]) if suffix == "省" else text[start:end]
            return start, end + len(suffix), name + suffix
    return None


def _province_like(text: str) -> str:
    """Return the only province that differs from a text by one character; the text when there is none or another."""
    likely = [name for name in PROVINCES if len(name) == len(text) and sum(map(str.__ne__, name, text)) == 1]
    return likely[0] if len(likely) == 1 else text
