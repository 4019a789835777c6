"""Where nearly all places are taken, the longest idle make room for those who come."""

import socket
import sys
from collections.abc import Generator
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest
from gateway_service.server.watch import Patience, Watch

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux alone tells what a connection has exchanged")

MOST = 10


@dataclass(slots=True)
class Line:
    """Both ends of a connection."""

    client: socket.socket
    server: socket.socket

    def answer(self) -> None:
        self.client.sendall(b"asked")
        self.server.recv(100)
        self.server.sendall(b"answered")
        self.client.recv(100)

    @property
    def is_open(self) -> bool:
        self.client.setblocking(False)
        try:
            return self.client.recv(100) != b""
        except BlockingIOError:
            return True
        except ConnectionResetError:
            return False


@dataclass(slots=True)
class Host:
    stack: ExitStack
    listener: socket.socket
    now: float = 0.0
    lines: list[Line] = field(default_factory=list[Line])
    watch: Watch = field(init=False)

    def __post_init__(self) -> None:
        port = self.listener.getsockname()[1]
        self.watch = Watch(port, Patience(asking=10, reading=20), MOST, clock=lambda: self.now)

    def connect(self, count: int) -> None:
        for _ in range(count):
            client = self.stack.enter_context(socket.create_connection(self.listener.getsockname()))
            self.lines.append(Line(client, self.stack.enter_context(self.listener.accept()[0])))

    def look(self) -> dict[str, int]:
        self.now += 1
        return self.watch.round()


@pytest.fixture
def host() -> Generator[Host]:
    with ExitStack() as stack:
        yield Host(stack, stack.enter_context(socket.create_server(("127.0.0.1", 0))))


def test_while_there_is_room_nobody_has_to_leave(host: Host) -> None:
    host.connect(9)

    assert [host.look() for _ in range(30)] == [{}] * 30
    assert all(line.is_open for line in host.lines)


def test_the_longest_idle_leave_first(host: Host) -> None:
    host.connect(4)
    host.look()
    host.connect(5)
    host.look()
    for line in host.lines[:2]:
        line.answer()
    host.look()
    host.connect(2)

    assert host.look() == {"idle while there is no room": 2}
    assert [line.is_open for line in host.lines] == [True, True, False, False, *[True] * 7]


def test_who_is_at_something_does_not_have_to_leave(host: Host) -> None:
    host.connect(11)
    for line in host.lines[:10]:
        line.client.sendall(b"GET / HTTP")

    assert host.look() == {"idle while there is no room": 1}
    assert [line.is_open for line in host.lines] == [*[True] * 10, False]


def test_a_question_that_is_not_answered_in_time_was_not_whole(host: Host) -> None:
    host.connect(2)
    host.look()
    host.lines[0].client.sendall(b"GET")
    told = [host.look() for _ in range(12)]

    assert told == [*[{}] * 10, {"does not finish its request": 1}, {}]
    assert [line.is_open for line in host.lines] == [False, True]


def test_what_was_answered_between_two_looks_is_no_open_question(host: Host) -> None:
    host.connect(1)
    host.look()
    host.lines[0].answer()

    assert [host.look() for _ in range(30)] == [{}] * 30


def test_a_listener_of_another_port_is_left_alone(host: Host) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, socket.create_connection(other.getsockname()) as client:
        accepted, _ = other.accept()
        client.sendall(b"GET")
        for _ in range(30):
            assert host.look() == {}
        with accepted:
            assert accepted.recv(10) == b"GET"
