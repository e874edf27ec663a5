"""Where calls can go, and for which project: an explicit address before a region's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from attrs import frozen

from ocr_async.regions import REGIONS, Region, base_url
from ocr_async.regions import region as region_of
from ocr_async.settings import checked_project_id

DEFAULT_REGION = "cn-north-4"


@frozen
class Address:
    """Where an endpoint answers. `strict` addresses came from a region, whose table says what is offered there."""

    name: str
    """How the endpoint is called in results, events and statistics: its region, or its host where it is one of several there."""
    url: str
    region: Region | None
    iam: str | None
    strict: bool

    @property
    def host(self) -> str:
        """The host, with the port where it is not that of the scheme."""
        return urlsplit(self.url).netloc


def addresses(
    *,
    region: str | None,
    regions: Sequence[str] | None,
    endpoint: str | None,
    endpoints: Sequence[str] | None,
    iam_endpoint: str | None,
) -> list[Address]:
    """Return the addresses that a session's arguments mean; an explicit endpoint goes before a region's.

    Raises RegionError for an unknown region, ValueError for arguments that contradict each other.
    """
    if (region and regions) or (endpoint and endpoints) or (regions and (endpoint or endpoints)):
        raise ValueError("Give one of region and regions, or one of endpoint and endpoints.")
    for name, places in (("regions", regions), ("endpoints", endpoints)):
        if places is not None and (not places or isinstance(places, str) or len(set(places)) < len(places)):
            raise ValueError(f"{name}={places!r} is not a list of one or more different {name}.")
    each_of = [*(("regions", place) for place in regions or ()), *(("endpoints", place) for place in endpoints or ())]
    for name, given in (("region", region), ("endpoint", endpoint), ("iam_endpoint", iam_endpoint), *each_of):
        if given is not None and not isinstance(given, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"{name} is of {type(given)}, not text.")
        if given is not None and not given.strip():  # as of a variable that is not set: the default is no guess at it
            raise ValueError(f"{name} is empty: leave it out for the default, or give one.")
    iam_endpoint = base_url("iam_endpoint", iam_endpoint) if iam_endpoint else None
    urls = [endpoint] if endpoint else list(endpoints or ())
    if urls:
        found_places = [_explicit(url, region_of(region) if region else None, iam_endpoint, len(urls)) for url in urls]
        if len({place.url for place in found_places}) < len(found_places):
            raise ValueError("endpoints name the same address more than once.")
        return found_places
    found = [region_of(name) for name in regions or [region or DEFAULT_REGION]]
    return [Address(each.id, each.ocr_endpoint, each, iam_endpoint or each.iam_endpoint, strict=True) for each in found]


def project_ids(given: str | Mapping[str, str] | None, places: Sequence[Address]) -> list[str | None]:
    """Return the project of each place, as it was given or by region or host; None where it is to be looked for.

    Raises ValueError for one project of several places, or of what is none of them and no region.
    """
    if not isinstance(given, Mapping):
        if given and len(places) > 1:
            raise ValueError("A project id belongs to one region: pass a mapping from region or host to project id.")
        return [checked_project_id(given) if given else None for _ in places]
    if unknown := given.keys() - REGIONS.keys() - {place.host for place in places}:
        raise ValueError(f"project_id names {min(unknown)!r}, which is neither a region nor the host of an endpoint.")
    found = [given.get(place.host) or given.get(place.region.id if place.region else "") for place in places]
    return [checked_project_id(project) if project else None for project in found]


def _explicit(url: str, region: Region | None, iam_endpoint: str | None, count: int) -> Address:
    url = base_url("endpoint", url)
    known = next((each for each in REGIONS.values() if each.ocr_endpoint == url), region if count == 1 else None)
    region = region or known
    iam = iam_endpoint or (region.iam_endpoint if region else None)
    return Address(known.id if known else urlsplit(url).netloc, url, region, iam, strict=False)
