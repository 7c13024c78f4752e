"""Speak with a running `gzserver` 11: its topics over TCP, its messages by their field numbers.

Every message is 8 hexadecimal digits of length and a protocol buffer. The master
tells where publishers listen; a subscriber connects there and is sent messages.
The numbers are those of the `.proto` files of Debian's `libgazebo-dev` 11.1.
"""

from __future__ import annotations

import selectors
import socket
import struct
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping

TIMEOUT = 30.0
"""s of waiting for gzserver before it counts as gone."""
HOST = "127.0.0.1"
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
Value = int | float | bytes
Fields = dict[int, list[Value]]


def message(fields: Mapping[int, int | float | str | bytes]) -> bytes:
    """Encode fields by number: bool and int as varint, float as double, str and bytes as they are."""
    out = bytearray()
    for field, value in fields.items():
        number = field << 3
        if isinstance(value, float):
            out += _varint(number | FIXED64) + struct.pack("<d", value)
        elif isinstance(value, int):
            out += _varint(number | VARINT) + _varint(value)
        else:
            data = value.encode() if isinstance(value, str) else value
            out += _varint(number | BYTES) + _varint(len(data)) + data
    return bytes(out)


def parse(data: Value) -> Fields:
    """Decode a message into its fields by number, each a list of what stood under it."""
    assert isinstance(data, bytes)
    fields: Fields = defaultdict(list)
    at = 0
    while at < len(data):
        key, at = _read_varint(data, at)
        value: Value
        if key & 7 == VARINT:
            value, at = _read_varint(data, at)
        elif key & 7 == BYTES:
            size, at = _read_varint(data, at)
            value, at = data[at : at + size], at + size
        else:
            size = 8 if key & 7 == FIXED64 else 4
            (value,) = struct.unpack_from("<d" if size == 8 else "<f", data, at)
            at += size
        fields[key >> 3].append(value)
    return fields


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


class _Link:
    """One TCP connection that carries framed messages."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""

    def send(self, data: bytes) -> None:
        self.socket.sendall(b"%08x" % len(data) + data)

    def receive(self) -> list[bytes] | None:
        """Return the whole messages that have come; None when the other end is gone."""
        data = self.socket.recv(1 << 20)
        self._buffer += data
        found = []
        while len(self._buffer) >= 8 and len(self._buffer) >= 8 + (size := int(self._buffer[:8], 16)):
            found.append(self._buffer[8 : 8 + size])
            self._buffer = self._buffer[8 + size :]
        return found if data else None


class Transport:
    """Publish and subscribe as a node of Gazebo; everything happens inside the calls, in one thread."""

    def __init__(self, port: int) -> None:
        self._listener = socket.create_server((HOST, 0))
        self._port = self._listener.getsockname()[1]
        self._master = _Link(socket.create_connection((HOST, port), 10.0))
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ, None)
        self._watch(self._master, "")
        self._subscribers: dict[str, list[_Link]] = defaultdict(list)
        self._received: dict[str, deque[Fields]] = {}
        self._publishers: set[tuple[str, int]] = set()
        self._types: dict[str, str] = {}
        self._offered: set[str] = set()
        self._links: list[_Link] = [self._master]

    def close(self) -> None:
        """Leave Gazebo."""
        self._selector.close()
        self._listener.close()
        for link in self._links:
            link.socket.close()

    def subscribe(self, topic: str, kind: str) -> None:
        """Ask for a topic's messages of a kind such as `Response`; wait until its publisher sends to us."""
        self._types[topic] = f"gazebo.msgs.{kind}"
        self._received[topic] = deque()
        self._packet(self._master, "subscribe", self._subscription(topic))
        self._until(lambda: any(found == topic for found, _ in self._publishers), f"a publisher of {topic}")

    def wait_for(self, topic: str) -> None:
        """Wait until somebody offers a topic."""
        self._until(lambda: topic in self._offered, f"the topic {topic}")

    def advertise(self, topic: str, kind: str) -> None:
        """Offer a topic; wait until somebody listens."""
        body = message({1: topic, 2: f"gazebo.msgs.{kind}", 3: HOST, 4: self._port})
        self._packet(self._master, "advertise", body)
        self._until(lambda: bool(self._subscribers[topic]), f"a subscriber of {topic}")

    def publish(self, topic: str, body: bytes) -> None:
        """Send a message to all who listen."""
        for link in self._subscribers[topic]:
            link.send(body)

    def next(self, topic: str, timeout: float = TIMEOUT) -> Fields:
        """Wait for the next message of a topic; raise TimeoutError when none comes in `timeout` s."""
        self._until(lambda: bool(self._received[topic]), f"a message on {topic}", timeout)
        return self._received[topic].popleft()

    def take(self, topic: str) -> list[Fields]:
        """Return the messages of a topic that have come and were not returned yet."""
        found = list(self._received[topic])
        self._received[topic].clear()
        return found

    def _until(self, done: Callable[[], bool], what: str, timeout: float = TIMEOUT) -> None:
        end = time.monotonic() + timeout
        while not done():
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"gzserver: no sign of {what} in {timeout:g} s")
            for key, _ in self._selector.select(left):
                self._take(key)

    def _take(self, key: selectors.SelectorKey) -> None:
        if key.data is None:
            link = _Link(self._listener.accept()[0])
            self._links.append(link)
            self._watch(link, "?")
            return
        link, topic = key.data
        bodies = link.receive()
        if bodies is None:
            self._selector.unregister(link.socket)
        for body in bodies or ():
            if topic in self._received:
                self._received[topic].append(parse(body))
            else:
                self._control(link, body)

    def _control(self, link: _Link, body: bytes) -> None:
        packet = parse(body)
        kind, content = _text(packet[2][0]), parse(packet[3][0])
        if kind == "sub":
            self._subscribers[_text(content[1][0])].append(link)
        elif kind == "publishers_init":
            self._offered |= {_text(parse(each)[1][0]) for each in content[1]}
        elif kind == "publisher_add":
            self._offered.add(_text(content[1][0]))
        elif kind in ("publisher_subscribe", "publisher_advertise", "publisher_update"):
            self._connect(_text(content[1][0]), _text(content[3][0]), int(content[4][0]))

    def _connect(self, topic: str, host: str, port: int) -> None:
        if topic not in self._received or (topic, port) in self._publishers or port == self._port:
            return
        link = _Link(socket.create_connection((host, port), 10.0))
        self._links.append(link)
        self._packet(link, "sub", self._subscription(topic))
        self._watch(link, topic)
        self._publishers.add((topic, port))

    def _watch(self, link: _Link, topic: str) -> None:
        self._selector.register(link.socket, selectors.EVENT_READ, (link, topic))

    def _subscription(self, topic: str) -> bytes:
        return message({1: topic, 2: HOST, 3: self._port, 4: self._types[topic], 5: False})

    def _packet(self, link: _Link, kind: str, body: bytes) -> None:
        link.send(message({1: message({1: 0, 2: 0}), 2: kind, 3: body}))


def _text(value: Value) -> str:
    assert isinstance(value, bytes)
    return value.decode()
