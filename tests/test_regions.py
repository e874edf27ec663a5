from __future__ import annotations

import pytest

from ocr_async.documents import Bankcard, EmiratesIdCard, Passport, TrainTicket, registry
from ocr_async.errors import RegionError
from ocr_async.fields import DocumentType, Result, check_offered
from ocr_async.regions import REGIONS, region


def test_a_region_has_its_two_services():
    beijing = region("cn-north-4")
    assert beijing.cloud == "huaweicloud"
    assert beijing.ocr_endpoint == "https://ocr.cn-north-4.myhuaweicloud.com"
    assert beijing.iam_endpoint == "https://iam.cn-north-4.myhuaweicloud.com"


def test_abu_dhabi_is_the_g42_cloud():
    assert region("ae-ad-1").cloud == "g42cloud"
    assert region("ae-ad-1").ocr_endpoint == "https://ocr.ae-ad-1.g42cloud.com"


def test_thirteen_regions_are_known():
    assert len(REGIONS) == 13
    assert all(each.ocr_endpoint.startswith("https://ocr.") for each in REGIONS.values())


def test_an_unknown_region_is_refused_with_the_list_of_the_known_ones():
    with pytest.raises(RegionError, match=r"unknown region 'cn-north-9'.*cn-north-4.*ae-ad-1.*endpoint"):
        region("cn-north-9")


def test_a_type_that_is_not_offered_is_refused_with_the_regions_that_offer_it():
    with pytest.raises(RegionError, match=r"emirates-id-card is not offered in cn-north-4.*offer it: ae-ad-1"):
        check_offered(EmiratesIdCard(), region("cn-north-4"))


def test_a_type_that_is_offered_passes():
    check_offered(TrainTicket(), region("cn-north-4"))
    check_offered(Passport(country_code="CHN"), region("ap-southeast-1"))
    check_offered(Passport(), region("ae-ad-1"))


@pytest.mark.parametrize(
    ("document_type", "option"),
    [(Passport(country_code="GENERAL"), "country_code"), (Bankcard(return_text_location=True), "return_text_location")],
)
def test_an_option_of_one_cloud_is_refused_on_another(document_type, option):
    with pytest.raises(RegionError, match=rf"{option} exists on huaweicloud only"):
        check_offered(document_type, region("ae-ad-1"))


def test_a_type_that_names_no_region_is_offered_everywhere():
    class Anywhere(DocumentType[Result]):
        api = "anywhere"

    for each in REGIONS.values():
        check_offered(Anywhere(), each)


def test_every_region_that_a_type_names_is_known():
    named = {name for each in registry.document_types() for name in each.regions}
    assert named <= set(REGIONS)
