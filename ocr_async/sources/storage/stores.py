"""The stores that addresses lead to, each made once: with what obstore finds in its places, for OBS with the session's key."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from attrs import define, field

from ocr_async.errors import SourceError
from ocr_async.sources.names import address_name
from ocr_async.sources.storage.addresses import taken_apart
from ocr_async.sources.storage.objects import StoredObject
from ocr_async.sources.storage.refusals import explained

if TYPE_CHECKING:
    from obstore.store import ClientConfig, ObjectStore, S3Config

    from ocr_async.auth import AkSk

OBS_ENDPOINT = "HUAWEICLOUD_SDK_OBS_ENDPOINT"
"""Names where OBS is, for a session that has no region or should go elsewhere."""


@define(eq=False)
class Buckets:
    """Leads from addresses to objects.

    `key` obtains the access key for `obs://`, `region` is that of its buckets, `endpoint` where OBS is there, such as
    "https://obs.cn-north-4.myhuaweicloud.com".
    """

    key: Callable[[], Awaitable[AkSk]] | None = field(default=None, repr=False)
    region: str | None = None
    endpoint: str | None = None
    _stores: dict[tuple[str, str, AkSk | None], ObjectStore] = field(
        factory=dict[tuple[str, str, "AkSk | None"], "ObjectStore"], init=False, repr=False
    )

    async def find(self, address: str) -> StoredObject:
        """Return the object, or prefix, of an address; nothing is asked of the store yet.

        Raises:
            SourceError: there is no such store, or obstore is not installed.
            CredentialsError: an OBS bucket is to be read and the session has no access key.
        """
        scheme, bucket, key = taken_apart(address)
        credential = await self.key() if scheme == "obs" and self.key is not None else None
        place = scheme, bucket, credential
        store = self._stores.get(place)
        if store is None:
            if not bucket and scheme != "file":
                raise SourceError(address_name(address), f"names no bucket; an address is {scheme}://bucket/key")
            with explained(address):
                store = self._obs(address, bucket, credential) if credential else _made(address)
            if "?" not in bucket:  # each address of the web that is signed has a query of its own
                self._stores[place] = store
        return StoredObject(address, store, key)

    def _obs(self, address: str, bucket: str, key: AkSk) -> ObjectStore:
        """Return a bucket of OBS, which speaks the protocol of S3."""
        from obstore.store import S3Store  # noqa: PLC0415  an extra

        elsewhere = os.environ.get(OBS_ENDPOINT) or (None if self.endpoint else os.environ.get("AWS_ENDPOINT_URL"))
        if elsewhere is None and self.endpoint is None:
            raise SourceError(address, f"nobody said where OBS is: give the session a region, or set {OBS_ENDPOINT}")
        scheme, _, host = (self.endpoint or "").partition("://")
        endpoint = elsewhere or f"{scheme}://{bucket}.{host}"
        config: S3Config = {
            "endpoint": endpoint,
            "virtual_hosted_style_request": elsewhere is None,
            "region": self.region or "cn-north-4",
            "access_key_id": key.ak,
            "secret_access_key": key.sk,
        }
        if key.security_token:
            config["session_token"] = key.security_token
        return S3Store(bucket, config=config, client_options=_client(endpoint))


def _made(address: str) -> ObjectStore:
    from obstore.store import HTTPStore, LocalStore, from_url  # noqa: PLC0415  an extra

    scheme, bucket, _ = taken_apart(address)
    if scheme == "file":
        return LocalStore("/")
    if scheme == "obs":
        raise SourceError(address, "is read with the access key of a session")
    root = f"{scheme}://{bucket}"
    return HTTPStore(root, client_options=_client(root)) if scheme in ("http", "https") else from_url(f"{root}/")


def _client(endpoint: str) -> ClientConfig:
    return {"allow_http": endpoint.startswith("http://")}
