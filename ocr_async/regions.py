"""The regions of the clouds: where their OCR and IAM services answer.

From the endpoint pages of the clouds and the region list of the official SDK. The tables change over the years,
so they are a hint: an explicit endpoint goes before them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from attrs import frozen

from ocr_async.errors import RegionError

if TYPE_CHECKING:
    from collections.abc import Mapping


@frozen
class Region:
    """One region: its id, its name on the endpoint page, its cloud and its two services."""

    id: str
    name: str
    cloud: str
    ocr_endpoint: str
    iam_endpoint: str

    @property
    def obs_endpoint(self) -> str:
        """Where the object storage of the region answers."""
        return self.ocr_endpoint.replace("//ocr.", "//obs.", 1)


def region(region_id: str) -> Region:
    """Return the region with this id; raise RegionError, naming the known ones, when there is none."""
    try:
        return REGIONS[region_id]
    except KeyError:
        known = ", ".join(REGIONS)
        raise RegionError(
            f"unknown region {region_id!r}. Known: {known}. For another one give its endpoint and iam_endpoint."
        ) from None


def _region(region_id: str, name: str, cloud: str = "huaweicloud", domain: str = "myhuaweicloud.com") -> Region:
    host = f"{region_id}.{domain}"
    return Region(region_id, name, cloud, f"https://ocr.{host}", f"https://iam.{host}")


REGIONS: Mapping[str, Region] = {
    each.id: each
    for each in (
        _region("cn-north-4", "CN North-Beijing4"),
        _region("cn-north-1", "CN North-Beijing1"),
        _region("cn-south-1", "CN South-Guangzhou"),
        _region("cn-east-3", "CN East-Shanghai1"),
        _region("cn-southwest-2", "CN Southwest-Guiyang1"),
        _region("ap-southeast-1", "CN-Hong Kong"),
        _region("ap-southeast-2", "AP-Bangkok"),
        _region("ap-southeast-3", "AP-Singapore"),
        _region("la-south-2", "LA-Santiago"),
        _region("la-north-2", "LA-Mexico City2"),
        _region("af-south-1", "AF-Johannesburg"),
        _region("ae-ad-1", "UAE-Abu Dhabi (G42 Cloud)", "g42cloud", "g42cloud.com"),
        _region("eu-de", "Open Telekom Cloud Germany", "otc", "otc.t-systems.com"),
    )
}
"""The known regions by id. The Huawei Cloud region of the id ae-ad-1 is another one and not in the table."""


def base_url(name: str, url: str) -> str:
    """Return the address of a service in the one spelling by which two are compared: lower case, without the port of its scheme.

    Raises ValueError, with the `name` of what was given, for what is none.
    """
    url = url.rstrip("/") if "://" in url else f"https://{url.rstrip('/')}"
    if "@" in url:
        raise ValueError(f"{name} holds a user or password, which no request carries: leave it out, pass credentials.")
    if not re.fullmatch(r"https?://[^\s/?#\\\x00-\x1f\x7f]+", url, re.IGNORECASE):
        raise ValueError(f"{name} {url!r} is not of the form https://host")
    try:
        split = urlsplit(url)
        is_place = split.port != 0 and bool((split.hostname or "").encode("idna"))
    except ValueError:
        is_place = False
    if not is_place:
        raise ValueError(f"{name} {url!r} has a host or port that cannot be")
    scheme, _, host = url.lower().partition("://")
    return f"{scheme}://{host.removesuffix(':443' if scheme == 'https' else ':80')}"
