"""One spelling for what the engine may write in several: full-width forms, traditional characters, look-alikes."""

from __future__ import annotations

import unicodedata

SIMPLIFIED = str.maketrans(
    "車號鋪臥貳參陸幣發碼務總國東廣遼寧濱漢陽連蘭烏魯齊爾長瀋鄭華龍門開檢買請貨鐵祝您遊資銀儲業農財報銷憑證遺補"
    "變還張陳劉楊趙黃吳孫馬羅鄧許韓馮蕭葉蘇盧蔣賈範鍾譚廖鄒熊陸龔萬錢湯龐荊慶貴雲藏陝肅內藥區縣鎮島灣邊"
    "軟優惠網學殘軍團購現電機時間產達樂豐順聯興義遠東嶺關鳳縉麗慈蕪鶴靜當樣圓億僅專稅",
    "车号铺卧贰叁陆币发码务总国东广辽宁滨汉阳连兰乌鲁齐尔长沈郑华龙门开检买请货铁祝您游资银储业农财报销凭证遗补"
    "变还张陈刘杨赵黄吴孙马罗邓许韩冯萧叶苏卢蒋贾范钟谭廖邹熊陆龚万钱汤庞荆庆贵云藏陕肃内药区县镇岛湾边"
    "软优惠网学残军团购现电机时间产达乐丰顺联兴义远东岭关凤缙丽慈芜鹤静当样圆亿仅专税",
)
"""Traditional forms that the engine writes for simplified ones, in the words of tickets and invoices."""

DIGITS = str.maketrans("OoQDIl|iZzSsBbGgqA", "000011112255866994")
"""Letters as the digits that they look like."""

LETTERS = str.maketrans("0158264", "OISBZGA")
"""Digits as the letters that they look like."""


def normal(text: str) -> str:
    """Return a text in half-width forms, simplified characters, and single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).translate(SIMPLIFIED).split())


def tight(text: str) -> str:
    """Return a text in its normal spelling without any white space."""
    return normal(text).replace(" ", "")


def as_digits(text: str) -> tuple[str, int]:
    """Return a text with its letters read as digits, and how many were."""
    digits = text.translate(DIGITS)
    return digits, sum(before != after for before, after in zip(text, digits, strict=True))
