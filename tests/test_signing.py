from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlencode

import pytest

from ocr_async import signing

VECTORS = json.loads((Path(__file__).parent / "samples" / "signing_vectors.json").read_text("utf-8"))["vectors"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_a_request_is_signed_as_the_official_signer_does(vector):
    headers = dict(vector["headers_before_signing"])
    date = headers.pop("X-Sdk-Date")
    if vector["project_id"]:
        headers["X-Project-Id"] = vector["project_id"]
    if vector["security_token"]:
        headers["X-Security-Token"] = vector["security_token"]
    query = urlencode([tuple(pair) for pair in vector["query"]])
    url = f"https://{vector['host']}{vector['path']}?{query}"

    signed = signing.signed_headers(
        vector["method"],
        url,
        headers,
        sha256(vector["body"].encode()).hexdigest(),
        access_key=vector["ak"],
        secret_key=vector["sk"],
        date=date,
    )

    assert signed["Authorization"] == vector["headers_after_signing"]["Authorization"]
    assert signed["Host"] == vector["host"]


def test_the_canonical_request_is_the_published_text():
    vector = next(vector for vector in VECTORS if vector["name"] == "post-v2-minimal")
    headers = {"content-type": "application/json", "host": vector["host"], "x-sdk-date": "20240102T030405Z"}

    canonical = signing.canonical_request("POST", vector["path"], (), headers, vector["body_sha256"])

    assert canonical == vector["canonical_request"]
