"""The session: one object for credentials, endpoints, limits and connections, shared by everyone who calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import count
from math import inf
from types import TracebackType
from typing import TYPE_CHECKING, Literal, NoReturn, Self, TypeVar, Unpack, cast, overload

import anyio
from attrs import evolve, frozen

from ocr_async.auth import AkSk, providers
from ocr_async.auth.background import Background
from ocr_async.auth.providers import Credentials
from ocr_async.auth.wallet import Wallet
from ocr_async.batch import Batch
from ocr_async.batch.items import Items
from ocr_async.calls.addresses import Address, addresses, project_ids
from ocr_async.calls.budget import Budget
from ocr_async.calls.call import Call, Caller
from ocr_async.calls.endpoints import Endpoint, EndpointStats
from ocr_async.calls.routing import Router
from ocr_async.errors import ClosedError
from ocr_async.events import Emitter, Listener
from ocr_async.fields import DocumentType, Result, instance
from ocr_async.gates import Limits, SharedGates
from ocr_async.loops import now
from ocr_async.model import VERSION
from ocr_async.retry import RetryPolicy, Tally
from ocr_async.settings import (
    NOT_GIVEN,
    LocalSettings,
    NotGiven,
    Seconds,
    Settings,
    check,
    checked_retry,
    checked_seconds,
    listeners,
)
from ocr_async.sources import Source
from ocr_async.sources.storage import Buckets

if TYPE_CHECKING:
    import ssl

    import httpx

    from ocr_async.local.embedded import LocalService
    from ocr_async.local.reading.reader import Reader

R = TypeVar("R", bound=Result)


BATCH_POSITION = 1 << 48
"""Where the positions of batch items begin: a single call that someone waits for goes before them all."""


@frozen
class SessionStats:
    """What a session is doing now, by endpoint."""

    endpoints: tuple[EndpointStats, ...]

    @property
    def in_flight(self) -> int:
        """Calls that are being sent or waited for at the service."""
        return sum(gate.in_flight for endpoint in self.endpoints for gate in endpoint.gates.values())

    @property
    def waiting(self) -> int:
        """Calls that wait for their turn."""
        return sum(gate.waiting for endpoint in self.endpoints for gate in endpoint.gates.values())

    def _repr_html_(self) -> str:
        """Show the endpoints in a notebook."""
        from ocr_async.batch import notebook  # noqa: PLC0415  only notebooks need it

        return notebook.session_stats(self)


class OcrSession:
    """Recognizes documents, one or many, within the limits of the account.

    `credentials`: AkSk, Password, Token, or a place to look (Env, Profile, Metadata, Chain); by default the environment,
    the profile file and the metadata service, in this order. They are looked for on first use.
    `region` or `regions`: ids such as "cn-north-4" (the default) or "ae-ad-1" (G42 Cloud); or `endpoint`/`endpoints`:
    addresses such as "https://ocr.example.com", which skip the check of what a region offers.
    `iam_endpoint`: where tokens and project ids come from, by default the region's.
    `project_id`: of the account in the region, or a mapping from region or host to it; looked up at IAM when left out.
    `timeout`: seconds for a whole call, queueing, retries and waiting included; None for no deadline. Left out it is
    120 s for a single call, and none for an item of a run, which may have to queue behind hundreds of others.
    `attempt_timeout`: seconds for one send, None for no bound. `retry`: see RetryPolicy. `limits`: known limits of the account, or
    `ocr_async.cluster.SharedLimits`, which several processes keep to together.
    `http_client`: an `httpx.AsyncClient` or httpx transport of your own to send with; without one
    `proxy`, `verify`, `cert`: proxy address; True, a CA file or an ssl.SSLContext; client certificate files.
    `on_event`: called with each event of `ocr_async.events`, one listener or several.

    Use it as an async context manager, or call `aclose`. One session serves any number of tasks, and successive event
    loops, but not those of several threads at a time. Nothing is opened before the first call.

    Raises RegionError for an unknown region, ValueError or TypeError for settings that cannot be.
    """

    def __init__(  # noqa: PLR0913  the settings of a client
        self,
        credentials: Credentials | None = None,
        *,
        region: str | None = None,
        regions: Sequence[str] | None = None,
        endpoint: str | None = None,
        endpoints: Sequence[str] | None = None,
        iam_endpoint: str | None = None,
        project_id: str | Mapping[str, str] | None = None,
        timeout: Seconds = NOT_GIVEN,
        attempt_timeout: float | None = 60.0,
        retry: RetryPolicy | None = None,
        limits: Limits | SharedGates | None = None,
        http_client: httpx.AsyncClient | httpx.AsyncBaseTransport | None = None,
        proxy: str | None = None,
        verify: bool | str | ssl.SSLContext = True,
        cert: str | tuple[str, str] | tuple[str, str, str] | None = None,
        on_event: Listener | Iterable[Listener] | None = None,
    ) -> None:
        from ocr_async.calls.exchange import Exchange  # noqa: PLC0415  httpx loads with the first session
        from ocr_async.transport import check_connection  # noqa: PLC0415  as above

        check(timeout, attempt_timeout, retry, limits, http_client)
        check_connection(proxy, verify, cert)
        if http_client is not None and (proxy, verify, cert) != (None, True, None):
            raise ValueError(
                "proxy, verify and cert are for connections of the session's own: give them to http_client."
            )
        places = addresses(
            region=region, regions=regions, endpoint=endpoint, endpoints=endpoints, iam_endpoint=iam_endpoint
        )
        projects = project_ids(project_id, places)
        self._open_transport = partial(_open_transport, http_client, proxy, verify, cert)
        self._owns_transport = http_client is None
        self._transport: httpx.AsyncBaseTransport | None = None
        self._closed = False
        self._owner: OcrSession | None = None
        self._service: LocalService | None = None
        self._timeout = 120.0 if timeout is NOT_GIVEN else timeout
        self._item_timeout = None if timeout is NOT_GIVEN else timeout
        self._batch_positions = count(BATCH_POSITION)
        self._background = Background()
        emit = Emitter(*listeners(on_event))
        policy = retry or RetryPolicy()
        wallet = Wallet(credentials, self._get_transport, self._background, emit)
        self._endpoints = tuple(
            Endpoint(place, project, wallet, limits, Budget(policy.budget))
            for place, project in zip(places, projects, strict=True)
        )
        self._router = Router(self._endpoints, emit)
        exchange = Exchange(self._get_transport, inf if attempt_timeout is None else attempt_timeout, _HEADERS)
        self._caller = Caller(self._router, exchange, policy, emit, _buckets(wallet, places[0]))

    @classmethod
    def from_env(cls, *, region: str | None = None, **settings: Unpack[Settings]) -> Self:
        """Make a session from the environment: credentials from variables, profile file or metadata service.

        `HUAWEICLOUD_SDK_REGION` names the region where `region` does not. Takes the other settings of the class.
        """
        if region is None and not any(settings.get(name) for name in ("regions", "endpoint", "endpoints")):
            region = providers.region_from_env()
        return cls(providers.default_chain(), region=region, **settings)

    @classmethod
    def local(
        cls, service: LocalService | None = None, *, readers: Sequence[Reader] = (), **settings: Unpack[LocalSettings]
    ) -> Self:
        """Make a session on a service in this process: no account, no network, no socket.

        By default this is the embedded service with the OCR engine of the extra `local`; `service` may be an
        `EmbeddedService` with another recognizer, or the `ScriptedService` of `ocr_async.testing`.
        `readers` are further kinds of document that it reads. Takes the settings of
        the class but for credentials, region, endpoint and connection. Its models are loaded when the session is entered; left
        out, `limits` are as many calls at once as keep its threads at work.
        """
        import httpx  # noqa: PLC0415  loads with the first session

        if service is None:
            from ocr_async.local.embedded import EmbeddedService  # noqa: PLC0415  needs the extra `local`

            service = EmbeddedService(readers=readers)
        elif readers:
            raise ValueError("`readers` are for the service's own recognizer, not for a service that is given.")
        if isinstance(service, type) or not hasattr(service, "account"):
            raise TypeError(f"service is {service!r}: pass a ScriptedService(...) or an EmbeddedService(...)")
        account = service.account
        settings["limits"] = settings.get("limits") or service.capacity
        session = cls(
            AkSk(account.ak, account.sk), endpoint="http://localhost", project_id=account.project_id, **settings
        )
        session._transport = httpx.ASGITransport(service)
        session._service = service
        return session

    async def recognize(
        self,
        document_type: DocumentType[R] | type[DocumentType[R]],
        source: Source | None,
        *,
        timeout: Seconds = NOT_GIVEN,
    ) -> R:
        """Recognize one picture.

        `document_type` is a class such as TrainTicket, or an instance with options such as Passport(country_code="CHN").
        `source` is a path, bytes, an address, a binary file object or a Pillow image; None for the one type that takes no
        picture, InvoiceVerification. The service downloads http(s) addresses; an object in a bucket (`s3://`, `gs://`,
        `az://`, `obs://`, extra `storage`) is read from here, and handed over as a signed address as `Url("s3://...")`.
        `timeout` is the deadline of the whole call in seconds, queueing and retries included; left out it is the session's,
        None is none.

        Raises SourceError before anything is sent, RegionError, CredentialsError, DeadlineError, TransportError,
        ApiError or one of its kinds, DecodeError.
        """
        self._check_open()
        started = now()
        timeout = self._timeout if timeout is NOT_GIVEN else checked_seconds("timeout", timeout)
        tally = Tally(deadline=inf if timeout is None else started + timeout)
        return cast("R", await self._caller.run(Call(instance(document_type), source, tally, started)))

    @overload
    def recognize_many(
        self,
        document_type: DocumentType[R] | type[DocumentType[R]],
        items: Items,
        *,
        concurrency: int | None = None,
        ordered: bool = False,
        timeout: Seconds = NOT_GIVEN,
        max_bytes: int = ...,
    ) -> Batch[R]: ...

    @overload
    def recognize_many(
        self,
        document_type: None,
        items: Items,
        *,
        concurrency: int | None = None,
        ordered: bool = False,
        timeout: Seconds = NOT_GIVEN,
        max_bytes: int = ...,
    ) -> Batch[Result]: ...

    def recognize_many(  # noqa: PLR0913  the settings of a run
        self,
        document_type: DocumentType[R] | type[DocumentType[R]] | None,
        items: Items,
        *,
        concurrency: int | None = None,
        ordered: bool = False,
        timeout: Seconds = NOT_GIVEN,
        max_bytes: int = 64 * 1024 * 1024,
    ) -> Batch[R] | Batch[Result]:
        """Recognize many pictures; use it as an async context manager and iterate over the run.

        `items` is any sync or async iterable, taken lazily, of sources, of `(document_type, source)`, or of `Item`;
        `document_type` is for those that bring none of their own, and may be None.
        `concurrency` bounds the calls at work, waiting included (256 by default: the gates decide how many are in flight, and
        the run takes only a few more than that; fewer where the process may open few files); `max_bytes` bounds the pictures held in memory. `ordered` yields in input order. `timeout` is the
        deadline of each item in seconds from its start; left out it is the session's where that was given one, None is
        none.

        Yields `Done` or `Failed` for each item; nothing is raised for an item.
        """
        self._check_open()
        timeout = self._item_timeout if timeout is NOT_GIVEN else checked_seconds("timeout", timeout)
        return Batch(
            self._caller.run,
            self._batch_positions,
            self._endpoint_stats,
            document_type,
            items,
            make_backlog=self._router.backlog,
            concurrency=concurrency,
            ordered=ordered,
            timeout=inf if timeout is None else timeout,
            max_bytes=max_bytes,
        )

    def with_options(
        self,
        *,
        timeout: Seconds = NOT_GIVEN,
        attempt_timeout: Seconds = NOT_GIVEN,
        retry: RetryPolicy | Literal[NotGiven.NOT_GIVEN] = NOT_GIVEN,
    ) -> Self:
        """Return a view of this session with other patience: the same limits, tokens and connections.

            patient = session.with_options(timeout=None, retry=RetryPolicy(attempts=20))

        It is open for as long as this session is; closing it closes nothing.

        Raises ValueError for seconds that cannot be.
        """
        view = type(self).__new__(type(self))
        vars(view).update(vars(self))
        view._owner = self._owner or self  # noqa: SLF001  of the same class
        if timeout is not NOT_GIVEN:
            view._timeout = view._item_timeout = checked_seconds("timeout", timeout)  # noqa: SLF001
        caller = self._caller
        if retry is not NOT_GIVEN:
            caller = evolve(caller, policy=checked_retry(retry))
        if attempt_timeout is not NOT_GIVEN:
            seconds = checked_seconds("attempt_timeout", attempt_timeout)
            caller = evolve(
                caller, exchange=evolve(caller.exchange, attempt_timeout=inf if seconds is None else seconds)
            )
        view._caller = caller  # noqa: SLF001
        return view

    def __reduce__(self) -> NoReturn:
        """Raise TypeError: connections and tokens stay in their process."""
        raise TypeError("A session cannot be pickled: make one in each process. For other patience see with_options.")

    @property
    def is_closed(self) -> bool:
        """Whether `aclose` was called, of a view that of its session."""
        return (self._owner or self)._closed  # noqa: SLF001  of the same class

    @property
    def buckets(self) -> Buckets:
        """Leads to objects in buckets, to those of OBS with the key of the session."""
        return self._caller.buckets

    def stats(self) -> SessionStats:
        """Return what the session is doing now."""
        return SessionStats(self._endpoint_stats())

    async def aclose(self) -> None:
        """End background work and close all connections. Calls under way fail, or finish where no connection is needed."""
        if self._owner is not None or self._closed:
            return
        self._closed = True
        with anyio.CancelScope(shield=True):
            await self._background.aclose()
            if self._transport is not None and self._owns_transport:
                await self._transport.aclose()
            if self._service is not None:
                await self._service.aclose()

    async def __aenter__(self) -> Self:
        self._check_open()
        if self._service is not None and self._owner is None:
            await self._service.load()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def _endpoint_stats(self) -> tuple[EndpointStats, ...]:
        return tuple(endpoint.stats() for endpoint in self._endpoints)

    def _get_transport(self) -> httpx.AsyncBaseTransport:
        self._check_open()
        if self._transport is None:
            self._transport = self._open_transport()
        return self._transport

    def _check_open(self) -> None:
        if self.is_closed:
            raise ClosedError("This session is closed. Make another one, or keep it open for as long as it is used.")


def _open_transport(
    http_client: httpx.AsyncClient | httpx.AsyncBaseTransport | None,
    proxy: str | None,
    verify: bool | str | ssl.SSLContext,  # noqa: FBT001
    cert: str | tuple[str, str] | tuple[str, str, str] | None,
) -> httpx.AsyncBaseTransport:
    import httpx  # noqa: PLC0415  loads with the first session

    from ocr_async.transport import ClientTransport, NetworkTransport  # noqa: PLC0415  as above

    if http_client is None:
        return NetworkTransport(verify=verify, cert=cert, proxy=proxy)
    return ClientTransport(http_client) if isinstance(http_client, httpx.AsyncClient) else http_client


def _buckets(wallet: Wallet, place: Address) -> Buckets:
    """Return what leads to buckets: those of OBS are where the first endpoint is."""
    region = place.region
    return Buckets(wallet.key, region.id, region.obs_endpoint) if region else Buckets(wallet.key)


_HEADERS = (("Content-Type", "application/json"), ("User-Agent", f"ocr-async/{VERSION}"))
