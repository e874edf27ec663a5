"""The TLS settings of a transport, turned into one ssl context on first use."""

from __future__ import annotations

import os
import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias, cast

import anyio
import httpx
from attrs import define, field

from ocr_async.sources.names import shown
from ocr_async.sources.threads import in_thread

Certificate: TypeAlias = "str | os.PathLike[str] | tuple[str, str] | tuple[str, str, str]"
"""A client certificate: one PEM file with its key, or (certificate, key), or (certificate, key, password of the key)."""


SECONDS = 10.0
"""How long it may take to read the certificates: they may be on a disk that hangs."""


class TlsError(httpx.ConnectError):
    """TLS that cannot be spoken, and not in a second either: settings, or a certificate that is not trusted."""


def check_tls(verify: object, cert: object) -> None:
    """Raise TypeError or ValueError for what is no `verify` or no `cert`; files are looked at on first use."""
    if not isinstance(verify, bool | str | os.PathLike | ssl.SSLContext):
        raise TypeError(f"verify is of {type(verify)}, neither True or False, nor a CA file or an ssl.SSLContext.")
    if verify == "":
        raise ValueError("verify is empty: leave it out for the usual authorities, or give a CA file.")
    names = cast("tuple[object, ...]", cert) if isinstance(cert, tuple) else (cert, cert)
    if cert is not None and not (len(names) in (2, 3) and all(isinstance(name, str | os.PathLike) for name in names)):
        raise TypeError("cert is neither a file nor (certificate, key) nor (certificate, key, password of the key).")


@define
class Tls:
    """By whom the service must be certified, and the certificate to show to it.

    `verify` is True for the usual authorities, which are those of SSL_CERT_FILE or SSL_CERT_DIR,
    REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE when set, else Mozilla's
    as the `certifi` package brings them; a PEM file or a directory of certificates to trust instead; a ready ssl
    context, which then counts alone; or False, which accepts any certificate.
    """

    verify: bool | str | os.PathLike[str] | ssl.SSLContext = True
    cert: Certificate | None = None
    trusted: str = field(default="the context that was given", init=False, eq=False)
    """Whom it trusts, and who said so."""
    _context: ssl.SSLContext | None = field(default=None, init=False, eq=False)

    async def shared_context(self) -> ssl.SSLContext:
        """Return the context, made in a thread on first use; raise TlsError when it cannot be made."""
        if self._context is None:
            context = await self._made()
            self._context = self._context or context  # another task may have been quicker
        return self._context

    async def _made(self) -> ssl.SSLContext:
        with anyio.move_on_after(SECONDS):
            return await in_thread(self.context)
        raise TlsError(f"TLS cannot be set up: its certificates cannot be read within {SECONDS:g} s")

    def context(self) -> ssl.SSLContext:
        """Make the context; reads files, which takes some 20 ms: call it in a thread."""
        if isinstance(self.verify, ssl.SSLContext):
            return self.verify
        context = self._trusting()
        try:
            if isinstance(self.cert, tuple):
                context.load_cert_chain(*self.cert)
            elif self.cert is not None:
                context.load_cert_chain(self.cert)
        except OSError as error:  # ssl.SSLError is one
            raise TlsError(f"TLS cannot be set up with the client certificate: {error}") from error
        context.set_alpn_protocols(["http/1.1"])
        return context

    def _trusting(self) -> ssl.SSLContext:
        """Make a context that trusts whom it is to trust."""
        if self.verify is False:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            return context
        if self.verify is not True:
            return self._trusting_in(f"verify={self.verify}", [str(self.verify)])
        for names in (("SSL_CERT_FILE", "SSL_CERT_DIR"), ("REQUESTS_CA_BUNDLE",), ("CURL_CA_BUNDLE",)):
            if places := [place for name in names for place in _existing(name)]:
                return self._trusting_in(" and ".join(filter(os.environ.get, names)), places)
        import certifi  # noqa: PLC0415  comes with httpx; not needed to import the package

        return self._trusting_in("the authorities of certifi", [certifi.where()])

    def _trusting_in(self, said: str, places: Sequence[str]) -> ssl.SSLContext:
        """Make a context that trusts the certificates in files or directories; `said` is who named them."""
        self.trusted = f"{said} ({', '.join(places)})"
        directories = [place for place in places if Path(place).is_dir()]
        files = [place for place in places if place not in directories]
        try:
            return ssl.create_default_context(
                cafile=files[0] if files else None, capath=os.pathsep.join(directories) or None
            )
        except OSError as error:  # ssl.SSLError is one
            raise TlsError(f"TLS cannot be set up with {self.trusted}: {error}") from error


def _existing(variable: str) -> Sequence[str]:
    """Return the paths that an environment variable names; raise TlsError, which says so, when there is nothing."""
    value = os.environ.get(variable, "").rstrip("\r\n")
    paths = value.split(os.pathsep) if variable == "SSL_CERT_DIR" else [value]
    found = [path for path in paths if os.path.exists(path)]  # noqa: PTH110  never raises
    if value and not found:
        raise TlsError(f"TLS cannot be set up: {variable} names {shown(value)}, which is not there; unset it")
    return found
