"""The other end of every benchmark: a process that takes requests, drops their bodies and answers a train ticket.

It costs as little as Python allows, so that the client under measurement is the bottleneck: one thread on an epoll
loop, bodies discarded inside the kernel where it can do that, replies made beforehand. At /stats it tells its CPU time, and how many requests it had at once.
"""

from __future__ import annotations

import argparse
import contextlib
import heapq
import json
import selectors
import socket
import ssl
import sys
import time

HEAD_END = b"\r\n\r\n"
BUFFER = bytearray(1024 * 1024)
DISCARD = getattr(socket, "MSG_TRUNC", 0) if sys.platform == "linux" else 0
WORDS = ("K0123", "B12", "G1024", "长沙南", "武汉", "Changshanan", "Wuhan", "2017年12月12日20:39", "05车012号")
WORDS += ("164.5", "网", "二等座", "改签", "1402271998****0012", "火车票", "65818301991213K09", "长沙南")
FIELDS = ("ticket_id", "check_port", "train_number", "departure_station", "destination_station")
FIELDS += ("departure_station_en", "destination_station_en", "departure_time", "seat_number", "ticket_price")
FIELDS += ("sale_method", "seat_category", "ticket_changing", "id_number", "name", "log_id", "sale_location")
RENAMED = {
    "departure_station": "starting_station",
    "departure_station_en": "starting_station_en",
    "departure_time": "starting_time",
    "ticket_price": "ticket_rates",
    "sale_location": "ticket_office",
}


def reply(body: bytes) -> bytes:
    head = (
        f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Request-Id: 0\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def ticket() -> bytes:
    scores = {RENAMED.get(name, name): 0.9992 for name in FIELDS}
    result = {**dict(zip(FIELDS, WORDS, strict=True)), "confidence": scores}
    return reply(json.dumps({"result": result}, ensure_ascii=False).encode())


class Connection:
    """One client: what is still to come of its request, and when its reply is due."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.head = b""
        self.body_left = 0
        self.low_water = 1
        self.is_open = False
        self.wants_stats = False


class Server:
    """Answers every request after `latency` seconds; takes at most `rate` bytes a second when it is not 0."""

    def __init__(self, latency: float, rate: float, context: ssl.SSLContext | None) -> None:
        self.latency, self.rate, self.context = latency, rate, context
        self.selector = selectors.DefaultSelector()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        if rate:
            self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
        self.listener.settimeout(0)
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.selector.register(sys.stdin, selectors.EVENT_READ)  # whose end tells that the benchmark has ended
        self.due: list[tuple[float, int, Connection]] = []
        self.paused: list[Connection] = []
        self.allowance = 0.0
        self.last = time.monotonic()
        self.answer = ticket()
        self.at_once = self.most_at_once = 0

    def run(self) -> None:
        while True:
            now = time.monotonic()
            self.refill(now)
            timeout = 0.005 if self.paused else max(0.0, self.due[0][0] - now) if self.due else None
            for key, _ in self.selector.select(timeout):
                if key.fileobj is self.listener:
                    self.accept()
                elif key.fileobj is sys.stdin:
                    return
                else:
                    self.read(key.data)
            now = time.monotonic()
            while self.due and self.due[0][0] <= now:
                self.send(heapq.heappop(self.due)[2])

    def refill(self, now: float) -> None:
        self.allowance = min(self.allowance + (now - self.last) * self.rate, self.rate * 0.02)
        self.last = now
        if self.paused and self.allowance > 0:
            for connection in self.paused:
                self.selector.register(connection.sock, selectors.EVENT_READ, connection)
            self.paused.clear()

    def accept(self) -> None:
        sock, _ = self.listener.accept()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.context is not None:
            sock.settimeout(10)
            try:
                sock = self.context.wrap_socket(sock, server_side=True)
            except OSError:
                sock.close()
                return
        sock.settimeout(0)
        self.selector.register(sock, selectors.EVENT_READ, Connection(sock))

    def read(self, connection: Connection) -> None:
        try:
            open_ = self.take_body(connection) if connection.body_left else self.take_head(connection)
        except (BlockingIOError, ssl.SSLWantReadError):
            return
        except OSError:
            open_ = False
        if not open_:
            self.done(connection)
            self.selector.unregister(connection.sock)
            connection.sock.close()

    def take_head(self, connection: Connection) -> bool:
        data = connection.sock.recv(16 * 1024)
        connection.head += data
        head, found, rest = connection.head.partition(HEAD_END)
        if not found:
            return bool(data)
        connection.head = b""
        connection.wants_stats = head.startswith(b"GET /stats")
        at = head.lower().find(b"content-length:")
        length = int(head[at + 15 : head.find(b"\r", at) if head.find(b"\r", at) > 0 else None]) if at >= 0 else 0
        connection.body_left = length - len(rest)
        connection.is_open = True
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        if connection.body_left:
            return self.take_body(connection)
        self.answer_later(connection)
        return True

    def wake_at(self, connection: Connection, count: int) -> None:
        """Ask the kernel for no event before `count` bytes are there: on loopback a wake-up is the sender's work."""
        if count != connection.low_water and self.context is None:
            connection.low_water = count
            connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, count)

    def take_body(self, connection: Connection) -> bool:
        while connection.body_left:
            if self.rate and self.allowance <= 0:
                self.selector.unregister(connection.sock)
                self.paused.append(connection)
                return True
            most = min(connection.body_left, 16 * 1024 if self.rate else len(BUFFER))
            try:
                if self.context is None:
                    self.wake_at(connection, min(connection.body_left, 1 if self.rate else 128 * 1024))
                    count = connection.sock.recv_into(BUFFER, most, DISCARD)
                else:
                    count = connection.sock.recv_into(BUFFER, most)
            except (BlockingIOError, ssl.SSLWantReadError):
                return True
            if not count:
                return False
            connection.body_left -= count
            self.allowance -= count
        self.wake_at(connection, 1)
        self.answer_later(connection)
        return True

    def answer_later(self, connection: Connection) -> None:
        if self.latency:
            heapq.heappush(self.due, (time.monotonic() + self.latency, id(connection), connection))
        else:
            self.send(connection)

    def send(self, connection: Connection) -> None:
        self.done(connection)
        with contextlib.suppress(OSError):  # the client went away while it waited
            connection.sock.send(self.stats() if connection.wants_stats else self.answer)

    def done(self, connection: Connection) -> None:
        self.at_once -= connection.is_open
        connection.is_open = False

    def stats(self) -> bytes:
        most, self.most_at_once = self.most_at_once, self.at_once
        return reply(json.dumps({"cpu": time.process_time(), "most_at_once": most}).encode())


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--rate", type=float, default=0.0)
    parser.add_argument("--certificate", default="")
    options = parser.parse_args()
    context = None
    if options.certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.certificate)
    server = Server(options.latency, options.rate, context)
    print(server.listener.getsockname()[1], flush=True)
    server.run()


if __name__ == "__main__":
    main()
