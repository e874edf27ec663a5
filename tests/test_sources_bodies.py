from __future__ import annotations

import asyncio
import errno
import gc
import json
import os
import threading
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from ocr_async.errors import SourceError
from ocr_async.sources import content as contents
from ocr_async.sources.bodies import CHUNK_BYTES, Body
from ocr_async.sources.content import FileContent, MemoryContent, NotCachedError, base64_length
from ocr_async.sources.hashing import PIECE_BYTES
from ocr_async.sources.page_cache import open_on_disk, read_cached
from ocr_async.sources.picture import WHOLE_BYTES, Picture
from ocr_async.sources.threads import in_thread

PREFIX, SUFFIX = b'{"image":"', b'","side":"front"}'
LARGE = [WHOLE_BYTES + 1, 2 * PIECE_BYTES, 2 * PIECE_BYTES + 1, 2 * PIECE_BYTES + 2]


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request):
    return request.param


@pytest.fixture(params=["cached", "from the disk"])
def access(request, monkeypatch):
    if request.param == "from the disk":

        def fail(*_):
            raise NotCachedError

        monkeypatch.setattr(contents, "open_cached", fail)
        monkeypatch.setattr(contents, "read_cached", fail)


async def body_around(content, prefix, suffix):
    return await Picture("a", "PNG", 40, 30, content).body(prefix, suffix)


def file_content(path, content):
    path.write_bytes(content)
    status = path.stat()
    return FileContent(str(path), status.st_size, status.st_mtime_ns)


async def streamed(body):
    return b"".join([chunk async for chunk in body])


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4, 1000, WHOLE_BYTES])
async def test_a_small_picture_becomes_one_bytes_object(size):
    content = os.urandom(size)
    body = await body_around(MemoryContent(content), PREFIX, SUFFIX)
    assert isinstance(body, bytes)
    assert json.loads(body) == {"image": b64encode(content).decode(), "side": "front"}
    assert base64_length(size) == len(b64encode(content))


@pytest.mark.anyio
@pytest.mark.parametrize("size", LARGE)
async def test_a_large_picture_is_streamed_from_its_file_and_says_its_length_first(tmp_path, size, access):
    content = os.urandom(size)
    body = await body_around(file_content(tmp_path / "a", content), PREFIX, SUFFIX)
    whole = PREFIX + b64encode(content) + SUFFIX
    assert body.length == len(whole)
    assert await streamed(body) == whole
    assert await body.sha256() == sha256(whole).hexdigest()


@pytest.mark.anyio
@pytest.mark.parametrize("size", LARGE)
async def test_a_large_picture_in_memory_is_streamed_too(size):
    content = os.urandom(size)
    body = await body_around(MemoryContent(content), PREFIX, SUFFIX)
    whole = PREFIX + b64encode(content) + SUFFIX
    assert isinstance(body, Body)
    assert (body.length, await streamed(body)) == (len(whole), whole)
    assert await body.sha256() == sha256(whole).hexdigest()


async def test_no_piece_of_a_body_is_much_larger_than_a_chunk(tmp_path):
    body = await body_around(file_content(tmp_path / "a", bytes(2_000_000)), PREFIX, SUFFIX)
    assert max([len(chunk) async for chunk in body]) <= base64_length(CHUNK_BYTES) + len(PREFIX)


def grow(path):
    with path.open("ab") as file:
        file.write(b"more")


def rewrite(path):
    os.utime(path, ns=(0, 0))


CHANGES = [
    (grow, "changed from 900,000 B to 900,004 B"),
    (rewrite, "was rewritten"),
    (os.remove, "cannot be read any more"),
]


@pytest.mark.anyio
@pytest.mark.parametrize(("change", "problem"), CHANGES)
async def test_a_file_changed_since_the_check_is_an_error(tmp_path, change, problem, access):
    body = await body_around(file_content(tmp_path / "a", bytes(900_000)), PREFIX, SUFFIX)
    change(tmp_path / "a")
    with pytest.raises(SourceError, match=problem):
        await streamed(body)
    with pytest.raises(SourceError, match=problem):
        await body.sha256()


@pytest.mark.anyio
async def test_a_file_cut_while_it_is_sent_is_an_error_and_not_a_short_body(tmp_path, access):
    body = await body_around(file_content(tmp_path / "a", bytes(900_000)), PREFIX, SUFFIX)
    chunks = aiter(body)
    await anext(chunks)
    os.truncate(tmp_path / "a", 300_000)
    with pytest.raises(SourceError, match=r"ended \d+,\d+ B early"):
        [chunk async for chunk in chunks]


@pytest.mark.anyio
async def test_an_abandoned_stream_closes_its_file(tmp_path, access):
    body = await body_around(file_content(tmp_path / "a", bytes(900_000)), PREFIX, SUFFIX)
    chunks = aiter(body)
    await anext(chunks)
    assert open_descriptors(tmp_path / "a") == 1
    del chunks
    with anyio.fail_after(30):
        while open_descriptors(tmp_path / "a"):  # noqa: ASYNC110  until the reader thread has let go of it
            await anyio.sleep(0.001)


def open_descriptors(path):
    links = Path("/proc/self/fd").iterdir()
    return sum(os.path.realpath(link) == str(path) for link in links)


# reader threads


async def test_reads_run_off_the_event_loop():
    assert await in_thread(threading.current_thread) is not threading.current_thread()


async def test_many_reads_at_once_each_get_their_own_result():
    assert await asyncio.gather(*(in_thread(pow, 2, n) for n in range(200))) == [2**n for n in range(200)]


@pytest.mark.anyio
async def test_an_error_in_a_thread_reaches_the_reader():
    with pytest.raises(ZeroDivisionError):
        await in_thread(divmod, 1, 0)


async def test_a_slow_read_does_not_hold_up_the_others():
    slow = threading.Event()
    waiting = asyncio.ensure_future(in_thread(slow.wait, 10))
    quick = [await in_thread(pow, 2, n) for n in range(50)]
    assert not waiting.done()
    slow.set()
    assert await waiting
    assert quick[:3] == [1, 2, 4]


async def test_a_cancelled_read_leaves_the_threads_in_order():
    slow = threading.Event()
    with anyio.move_on_after(0.01):
        await in_thread(slow.wait, 10)
    slow.set()
    assert await in_thread(pow, 2, 3) == 8


def test_a_loop_that_ends_during_a_read_disturbs_nobody():
    slow = threading.Event()

    async def leave():
        with anyio.move_on_after(0.01):
            await in_thread(slow.wait, 10)

    asyncio.run(leave())
    slow.set()
    assert asyncio.run(in_thread(pow, 2, 3)) == 8


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_forked_child_has_reader_threads_of_its_own():
    asyncio.run(in_thread(pow, 2, 3))
    child = os.fork()
    if child == 0:
        os._exit(0 if asyncio.run(asyncio.wait_for(in_thread(pow, 2, 3), 5)) == 8 else 1)
    assert os.waitpid(child, 0)[1] == 0


async def test_hashing_a_file_whose_disk_hangs_holds_up_neither_the_deadline_nor_the_hashing_of_others(
    tmp_path, monkeypatch
):
    hang = threading.Event()
    read = contents.read_from_disk

    def hanging(file, buffer, offset):
        hang.wait(30)
        return read(file, buffer, offset)

    def not_cached(*_):
        raise NotCachedError

    monkeypatch.setattr(contents, "read_cached", not_cached)
    monkeypatch.setattr(contents, "read_from_disk", hanging)
    stuck = await body_around(file_content(tmp_path / "a", bytes(900_000)), PREFIX, SUFFIX)
    other = await body_around(MemoryContent(bytes(900_000)), PREFIX, SUFFIX)
    waiting = [asyncio.ensure_future(stuck.sha256()) for _ in range(20)]
    try:
        with anyio.fail_after(10):
            assert await other.sha256()
        with anyio.move_on_after(0.05) as scope:
            await stuck.sha256()
        assert scope.cancelled_caught
    finally:
        hang.set()
        await asyncio.gather(*waiting)


@pytest.mark.anyio
async def test_a_body_that_is_left_in_the_middle_needs_no_closing():
    body = Body(PREFIX, MemoryContent(bytes(3 * CHUNK_BYTES)), SUFFIX)

    async for _ in body:
        break
    del _
    gc.collect()  # trio warns of a generator that was not read to its end, and a warning is an error
    await anyio.lowlevel.checkpoint()


@pytest.fixture
def no_reads_at_once(monkeypatch):
    """A file system like those of containers: it cannot be asked for what is in memory alone."""
    read = os.preadv

    def preadv(descriptor, buffers, offset, flags=0):
        if flags:
            raise OSError(errno.EOPNOTSUPP, "Operation not supported")
        return read(descriptor, buffers, offset)

    monkeypatch.setattr(os, "preadv", preadv)


@pytest.mark.skipif(not hasattr(os, "RWF_NOWAIT"), reason="Linux only")
def test_a_file_in_memory_is_read_at_once_in_a_container_too(tmp_path, no_reads_at_once):
    content = os.urandom(300_001)
    (tmp_path / "a").write_bytes(content)
    file, buffer = open_on_disk(str(tmp_path / "a")), bytearray(200_000)
    assert (read_cached(file, buffer, 0), buffer) == (200_000, content[:200_000])
    assert (read_cached(file, buffer, 200_000), buffer[:100_001]) == (100_001, content[200_000:])
    assert read_cached(file, buffer, 300_001) == 0


def has_a_disk(folder):
    """Tell whether files there can be out of memory."""
    mounts = [line.split()[1:3] for line in Path("/proc/self/mounts").read_text().splitlines()]
    around = [(len(point), kind) for point, kind in mounts if folder.is_relative_to(point)]
    return max(around, default=(0, ""))[1] not in ("tmpfs", "ramfs")


@pytest.mark.skipif(not hasattr(os, "RWF_NOWAIT"), reason="Linux only")
def test_a_file_on_the_disk_keeps_nobody_waiting_in_a_container_either(tmp_path, no_reads_at_once):
    if not has_a_disk(tmp_path):
        pytest.skip("the folder for temporary files is in memory")
    (tmp_path / "a").write_bytes(os.urandom(300_000))
    file, buffer = open_on_disk(str(tmp_path / "a")), bytearray(300_000)
    os.fsync(file.number)
    os.posix_fadvise(file.number, 0, 0, os.POSIX_FADV_DONTNEED)
    with pytest.raises(NotCachedError):
        read_cached(file, buffer, 0)
