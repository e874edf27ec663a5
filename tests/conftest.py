from __future__ import annotations

import inspect
import json
import os
import signal
from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256

import httpx
import hypothesis
import pytest
from attrs import define, field

from ocr_async import signing
from ocr_async.fields import document_type, registered
from ocr_async.testing import ScriptedService, picture

PICTURE = picture(1)

hypothesis.settings.register_profile("any machine", deadline=None)
hypothesis.settings.load_profile("any machine")

os.environ["OCR_ASYNC_METADATA"] = "off"  # no test asks a real metadata service

# A shell's background job ignores interrupts, `nohup` hangups, and so would each process that a test starts and then signals.
signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP"):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(autouse=True)
def _types_of_one_test():
    """Forget the document types that a test has defined."""
    before = {**registered()}
    yield
    for api, kind in {**registered()}.items():
        if not kind.__module__.startswith("ocr_async.") and before.get(api) is not kind:
            del document_type._registered[api]
    document_type._registered.update(before)


@pytest.hookimpl(hookwrapper=True, trylast=True)
def pytest_pycollect_makeitem():
    """Give every async test to pytest-asyncio, but for those that anyio's plugin runs on both kinds of loop."""
    outcome = yield
    items = outcome.get_result()
    for item in items if isinstance(items, list) else ():
        is_async = inspect.iscoroutinefunction(getattr(item, "obj", None))
        if is_async and not item.get_closest_marker("anyio"):
            item.add_marker(pytest.mark.asyncio)


@define
class Clock:
    """Time that passes only when a test says so; 2024-01-01 UTC at the start."""

    now: float = 1704067200.0

    def __call__(self):
        return self.now


@define
class Caller:
    """Calls a service in process the way a client does, but can get everything wrong that a client can."""

    service: ScriptedService
    clock: Clock
    key: str = ""
    secret: str = ""
    security_token: str | None = None
    http: httpx.AsyncClient = field(init=False)

    def __attrs_post_init__(self):
        account = self.service.account
        self.key, self.secret, self.security_token = account.ak, account.sk, account.security_token
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(self.service), base_url="http://ocr.test")

    @property
    def project(self):
        return self.service.account.project_id

    def path(self, api, version="v2"):
        return f"/v2/{self.project}/ocr/{api}" if version == "v2" else f"/v1.0/ocr/{api}"

    def signed(self, method, path, body=b"", headers=None, digest=None):
        date = datetime.fromtimestamp(self.clock.now, UTC).strftime(signing.DATE_FORMAT)
        headers = {"Content-Type": "application/json"} | (headers or {})
        if self.security_token:
            headers["X-Security-Token"] = self.security_token
        digest = digest or sha256(body).hexdigest()
        url = f"http://ocr.test{path}"
        return signing.signed_headers(
            method, url, headers, digest, access_key=self.key, secret_key=self.secret, date=date
        )

    async def post(self, path, body, headers=None):
        return await self.http.post(path, content=body, headers=headers or self.signed("POST", path, body))

    async def recognize(self, api="train-ticket", *, image=PICTURE, version="v2", headers=None, **parameters):
        if image is not None:
            parameters["image"] = b64encode(image).decode() if isinstance(image, bytes) else image
        return await self.post(self.path(api, version), json.dumps(parameters).encode(), headers)

    async def log_in(self, *, password=None, scope="name", methods=("password",)):
        account = self.service.account
        user = {"name": account.user, "password": password or account.password, "domain": {"name": account.domain}}
        scopes = {"name": {"name": account.region}, "id": {"id": account.project_id}, "other": {"name": "nowhere"}}
        auth = {"identity": {"methods": methods, "password": {"user": user}}}
        if scope:
            auth["scope"] = {"project": scopes[scope]}
        return await self.http.post("/v3/auth/tokens?nocatalog=true", json={"auth": auth})


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def caller_of(clock):
    """Make a caller of a scripted service with the given script, on the test's clock."""
    return lambda *script, **options: Caller(ScriptedService(*script, clock=clock, **options), clock)


@pytest.fixture
def caller(caller_of):
    return caller_of()
