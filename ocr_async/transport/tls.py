"""The TLS settings of a transport, turned into one ssl context on first use."""

from __future__ import annotations

import os
import ssl
from typing import TypeAlias

from attrs import frozen

from ocr_async.errors import TransportError

Certificate: TypeAlias = "str | os.PathLike[str] | tuple[str, str] | tuple[str, str, str]"
"""A client certificate: one PEM file with its key, or (certificate, key), or (certificate, key, password of the key)."""


@frozen
class Tls:
    """Whether and by whom the service must be certified, and the certificate to show to it.

    `verify` is True, False, or a ready ssl context, which then counts alone. `ca` is a PEM file or a directory of
    certificates to trust instead of the usual ones, which are those of SSL_CERT_FILE or SSL_CERT_DIR when set, else
    Mozilla's as the `certifi` package brings them.
    """

    verify: bool | ssl.SSLContext = True
    ca: str | os.PathLike[str] | None = None
    cert: Certificate | None = None

    def context(self) -> ssl.SSLContext:
        """Make the context; reads files, which takes some 20 ms: call it in a thread."""
        if isinstance(self.verify, ssl.SSLContext):
            return self.verify
        try:
            return self._make()
        except OSError as error:  # ssl.SSLError is one
            what = f"ca={self.ca!s}" if self.cert is None else f"ca={self.ca!s} or the client certificate"
            raise TransportError(f"TLS cannot be set up with {what}: {error}", sent=False) from error

    def _make(self) -> ssl.SSLContext:
        file, directory = self._authorities()
        context = ssl.create_default_context(cafile=file, capath=directory)
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if isinstance(self.cert, tuple):
            context.load_cert_chain(*self.cert)
        elif self.cert is not None:
            context.load_cert_chain(self.cert)
        context.set_alpn_protocols(["http/1.1"])
        return context

    def _authorities(self) -> tuple[str | None, str | None]:
        if self.ca is not None:
            path = os.fspath(self.ca)
            return (None, path) if os.path.isdir(path) else (path, None)
        if os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR"):
            return os.environ.get("SSL_CERT_FILE") or None, os.environ.get("SSL_CERT_DIR") or None
        import certifi  # noqa: PLC0415  comes with httpx; not needed to import the package

        return certifi.where(), None
