"""The recognition APIs that the service offers, as their reference pages state them.

Stated apart from the client's document types on purpose: the two meet over HTTP only, so that a slip of one of them
shows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from attrs import frozen

from ocr_async.model import Json

Check: TypeAlias = Callable[[Json], bool]
"""Says whether a value is allowed for its parameter."""

MEBIBYTE = 1024 * 1024
FORMATS = frozenset(("JPEG", "PNG", "BMP", "TIFF"))


@frozen
class Api:
    """One API in one version: its limits (base64 in bytes, sides in pixels) and its parameters beside the picture."""

    max_side: int
    max_base64: int = 10 * MEBIBYTE
    min_side: int = 15
    parameters: Mapping[str, Check] = MappingProxyType({})
    source: str = "image"
    """The parameter that holds the picture; "" for an API that takes none."""


def boolean(value: Json) -> bool:
    """Take JSON booleans only: the text "true" is refused, as the real service does."""
    return isinstance(value, bool)


def integer(value: Json) -> bool:
    """Take whole numbers from 1."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def mapping(value: Json) -> bool:
    """Take JSON objects."""
    return isinstance(value, Mapping)


def one_of(*allowed: str) -> Check:
    """Take one of these texts."""
    return lambda value: isinstance(value, str) and value in allowed


def list_of(*allowed: str) -> Check:
    """Take a list of these texts, each once or more."""
    each = one_of(*allowed)
    return lambda value: isinstance(value, list) and all(each(item) for item in value)


_TYPES = list_of(
    *("id_card_portrait_side", "id_card_emblem_side", "passport", "bankcard", "transportation_license"),
    *("vehicle_license_front", "vehicle_license_back", "driver_license_front", "driver_license_back"),
    *("vat_invoice", "vat_roll_invoice", "mvs_invoice", "taxi_invoice", "toll_invoice", "quota_invoice"),
    *("train_ticket", "flight_itinerary"),
)
_COUNTRY = {"country_code": one_of("GENERAL", "CHN")}
_LOCATION = {"return_text_location": boolean}
_SEVERAL = {"type_list": _TYPES}
_SEVERAL_V2 = _SEVERAL | {"detect_seal": boolean, "pdf_page_number": integer, "extended_parameters": mapping}

APIS: Mapping[tuple[str, str], Api] = MappingProxyType(
    {
        ("v2", "train-ticket"): Api(8192, parameters=_LOCATION),
        ("v1.0", "train-ticket"): Api(4096),
        ("v2", "quota-invoice"): Api(4096),
        ("v1.0", "quota-invoice"): Api(4096, max_base64=12 * MEBIBYTE),
        ("v2", "passport"): Api(4096, parameters=_COUNTRY),
        ("v1.0", "passport"): Api(4096, parameters=_COUNTRY),
        # An empty side counts like an absent one: the service finds out.
        ("v2", "emirates-id-card"): Api(8192, parameters={"side": one_of("front", "back", "")}),
        ("v2", "bankcard"): Api(8192, parameters=_LOCATION),
        ("v1.0", "bankcard"): Api(4096),
        ("v2", "auto-classification"): Api(8000, parameters=_SEVERAL_V2),
        ("v1.0", "auto-classification"): Api(8000, parameters=_SEVERAL),
    }
)
"""Version in the path and last part of the path -> the API."""
