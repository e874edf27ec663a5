"""Reading an HTTP/1.1 reply from bytes: no input or output here.

As forgiving as `requests` and `urllib3` are, because a reply that cannot be read was billed all the same: lines may end
in LF alone, headers may be folded, Content-Length may be repeated, chunk sizes may have spaces and extensions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

HEAD_BYTES = 128 * 1024
"""A longer head, or line before a chunk, is no HTTP."""

_VERSION = b"HTTP/1."
_STATUS_LINE = re.compile(rb"(HTTP/1\.\d)[ \t]+([1-9]\d\d)(?:[ \t]+([^\r\n]*))?\r?(?:\n|$)")
_HEADER = re.compile(rb"\n([^:\r\n]+):[ \t]*([^\r\n]*)")
_FRAMING = frozenset((b"content-length", b"content-encoding", b"transfer-encoding", b"connection"))
_FOLD = re.compile(rb"\r?\n[ \t]+")
_CHUNK_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,16})[ \t\r]*(?:;.*)?", re.DOTALL)
_LONGEST_LENGTH = 18
_BODILESS = frozenset((101, 204, 304))


class MalformedReplyError(ValueError):
    """What came is no HTTP/1 reply, and why."""


class ReplyReader:
    """Takes the bytes of a connection as they come, until `complete`; raises MalformedReplyError on what is no reply.

    `method` is that of the request: replies to HEAD have no body, and after a CONNECT that was granted a tunnel begins.
    """

    status = 0
    version = b""
    reason = b""
    headers: Sequence[tuple[bytes, bytes]] = ()
    has_begun = False
    has_head = False
    is_encoded = False
    complete = False
    keep_alive = False
    _pending = b""
    _at = 0
    _left = 0

    def __init__(self, method: str) -> None:
        self.parts: list[bytes] = []
        self._method = method
        self._step: Callable[[ReplyReader], bool] = ReplyReader._read_head  # bound, it would be a cycle to collect

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        self.has_begun = True
        self._pending = self._pending[self._at :] + data
        self._at = 0
        while not self.complete and self._step(self):
            pass
        if self.complete and self._at < len(self._pending):
            self.keep_alive = False  # the next reply could be taken for another request's

    @property
    def unread(self) -> int:
        """How many bytes of the body nobody has taken yet."""
        return sum(map(len, self.parts))

    def take(self) -> bytes:
        """Return what has come of the body since the last time."""
        taken = self.parts[0] if len(self.parts) == 1 else b"".join(self.parts)
        self.parts.clear()
        return taken

    def feed_end(self) -> None:
        """Take the end of the connection, which ends some replies and cuts others short."""
        self.complete = self.complete or self._step in (ReplyReader._read_until_end, ReplyReader._read_trailer)

    def _read_head(self) -> bool:
        if not self._pending.startswith(_VERSION, self._at):
            self._pending, self._at = self._pending[self._at :].lstrip(b"\r\n"), 0
            if not self._pending.startswith(_VERSION[: len(self._pending)]):
                raise MalformedReplyError(f"the reply is not HTTP/1.1 (it begins with {self._pending[:20]!r})")
        start, end = self._at, self._head_end()
        if end < 0:
            return self._wait_for("end of the head")
        head = self._pending[start:end]
        if b"\n " in head or b"\n\t" in head:
            head = _FOLD.sub(b" ", head)
        line = _STATUS_LINE.match(head)
        if line is None:
            raise MalformedReplyError(f"the reply has no HTTP status ({head[:20]!r})")
        self.version, self.status, self.reason = line[1], int(line[2]), line[3] or b""
        if self.status >= 200 or self.status == 101:
            self.headers = _HEADER.findall(head)
            if b" \r" in head or b" \n" in head or b" :" in head or b"\t" in head:
                self.headers = [(name.rstrip(), value.rstrip()) for name, value in self.headers]
            framing: dict[bytes, bytes] = {}
            for name, value in self.headers:
                key = name.lower()
                if key in _FRAMING:
                    framing[key] = framing[key] + b"," + value if key in framing else value
            self.has_head = True
            self.is_encoded = b"content-encoding" in framing
            self._begin_body(framing)
        return True

    def _head_end(self) -> int:
        """Return where the line break before the empty line is, and go behind that; -1 while it has not come, or came too late."""
        crlf = self._pending.find(b"\n\r\n", self._at)
        lf = self._pending.find(b"\n\n", self._at, crlf if crlf >= 0 else None)
        end = lf if lf >= 0 else crlf
        if end - self._at > HEAD_BYTES:
            return -1  # as if it had not come, which is refused at that length
        if end >= 0:
            self._at = end + (2 if lf >= 0 else 3)
        return end

    def _begin_body(self, framing: dict[bytes, bytes]) -> None:
        tokens = framing.get(b"connection", b"").lower()
        self.keep_alive = b"keep-alive" in tokens if self.version == b"HTTP/1.0" else b"close" not in tokens
        if self._method == "CONNECT" and 200 <= self.status < 300:
            self.complete = self.keep_alive = True
        elif self._method == "HEAD" or self.status in _BODILESS:
            self.complete = True
            self.keep_alive &= self.status != 101  # what comes next is no HTTP
        elif b"chunked" in framing.get(b"transfer-encoding", b"").lower():
            self._step = ReplyReader._read_chunk_size
        else:
            self._begin_plain_body(framing.get(b"content-length", b""))

    def _begin_plain_body(self, content_length: bytes) -> None:
        if not content_length.isdigit() or len(content_length) > _LONGEST_LENGTH:
            content_length = _single(content_length)
        if content_length:
            self._left = int(content_length)
            self.complete = not self._left
            self._step = ReplyReader._read_counted
        else:
            self.keep_alive = False
            self._step = ReplyReader._read_until_end

    def _read_counted(self) -> bool:
        self._take_body()
        self.complete = not self._left
        return False

    def _read_until_end(self) -> bool:
        self._left = len(self._pending) - self._at
        self._take_body()
        return False

    def _take_body(self) -> None:
        data = self._pending[self._at : self._at + self._left]
        self._at += len(data)
        self._left -= len(data)
        if data:
            self.parts.append(data)

    def _read_chunk_size(self) -> bool:
        line = self._line()
        if line is None:
            return False
        size = _CHUNK_SIZE.fullmatch(line)
        if size is None:
            raise MalformedReplyError(f"the reply has a chunk without a size ({line[:20]!r})")
        self._left = int(size[1], 16)
        self._step = ReplyReader._read_chunk if self._left else ReplyReader._read_trailer
        return True

    def _read_chunk(self) -> bool:
        self._take_body()
        if self._left:
            return False
        self._step = ReplyReader._read_chunk_end
        return True

    def _read_chunk_end(self) -> bool:
        line = self._line()
        if line is None:
            return False
        if line.strip():
            raise MalformedReplyError(f"the reply has a chunk longer than its size ({line[:20]!r})")
        self._step = ReplyReader._read_chunk_size
        return True

    def _read_trailer(self) -> bool:
        line = self._line()
        self.complete = line is not None and not line.strip()
        return line is not None

    def _line(self) -> bytes | None:
        end = self._pending.find(b"\n", self._at)
        if end < 0:
            self._wait_for("end of a line")
            return None
        line, self._at = self._pending[self._at : end], end + 1
        return line

    def _wait_for(self, what: str) -> bool:
        if len(self._pending) - self._at > HEAD_BYTES:
            raise MalformedReplyError(f"the reply has no {what} within {HEAD_BYTES:,} B")
        return False


def _single(content_length: bytes) -> bytes:
    """Return the length that a reply names once or several times, empty when that is none."""
    lengths = content_length.translate(None, b" \t").split(b",")
    if len(set(lengths)) > 1 or len(lengths[0]) > _LONGEST_LENGTH:
        raise MalformedReplyError(f"the reply has no single length ({content_length[:40].decode('latin-1')})")
    return lengths[0] if lengths[0].isdigit() else b""
