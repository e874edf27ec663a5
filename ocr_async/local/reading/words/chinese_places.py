"""Places that Chinese passports name: provinces and regions in characters and in Latin letters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import SequenceMatcher
from types import MappingProxyType

PLACES: Mapping[str, str] = MappingProxyType(
    {
        "北京": "BEIJING",
        "天津": "TIANJIN",
        "河北": "HEBEI",
        "山西": "SHANXI",
        "内蒙古": "NEIMENGGU",
        "辽宁": "LIAONING",
        "吉林": "JILIN",
        "黑龙江": "HEILONGJIANG",
        "上海": "SHANGHAI",
        "江苏": "JIANGSU",
        "浙江": "ZHEJIANG",
        "安徽": "ANHUI",
        "福建": "FUJIAN",
        "江西": "JIANGXI",
        "山东": "SHANDONG",
        "河南": "HENAN",
        "湖北": "HUBEI",
        "湖南": "HUNAN",
        "广东": "GUANGDONG",
        "广西": "GUANGXI",
        "海南": "HAINAN",
        "重庆": "CHONGQING",
        "四川": "SICHUAN",
        "贵州": "GUIZHOU",
        "云南": "YUNNAN",
        "西藏": "XIZANG",
        "陕西": "SHAANXI",
        "甘肃": "GANSU",
        "青海": "QINGHAI",
        "宁夏": "NINGXIA",
        "新疆": "XINJIANG",
        "香港": "HONG KONG",
        "澳门": "MACAO",
        "台湾": "TAIWAN",
    }
)

ENGLISH = (("内蒙古", "INNER MONGOLIA"), ("西藏", "TIBET"))
"""Places that are also printed under their English names."""

LEAST_SCORE = 1.5
"""What a line must reach: the Latin name counts one and a half, the Chinese one."""


def known_place(text: str) -> tuple[str, str] | None:
    """Return the known place that a line such as 湖南/HUNAN names, give or take some characters of one language."""
    chinese = "".join(re.findall("[一-鿿]", text))
    latin = "".join(re.findall("[A-Z]", text))
    score, name, spelled = max((_score(chinese, latin, *place), *place) for place in (*PLACES.items(), *ENGLISH))
    return (name, spelled) if score >= LEAST_SCORE else None


def _score(chinese: str, latin: str, name: str, spelled: str) -> float:
    letters = spelled.replace(" ", "")
    ending = max(_share(latin, letters), _share(latin[-len(letters) :], letters) if latin.endswith(letters[1:]) else 0)
    return _share(chinese, name) + 1.5 * ending


def _share(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()
