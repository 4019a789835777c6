"""Ports that stay what they were told to be."""

import socket
import sys
from pathlib import Path

import pytest
from flowkit.servers import free_port, free_ports, is_free, is_taken, remembered_port
from flowkit.servers.ports import SERVER_PORTS


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc")
def test_a_port_is_never_one_the_system_lends_to_clients() -> None:
    lent_from = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])

    assert free_port() in SERVER_PORTS
    assert SERVER_PORTS.stop < lent_from


def test_no_port_is_given_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flowkit.servers.ports.SERVER_PORTS", range(15000, 15040))

    given = free_ports(10) + [free_port() for _ in range(10)]

    assert len(set(given)) == 20


def test_the_port_of_the_last_time_is_taken_again(tmp_path: Path) -> None:
    assert remembered_port(tmp_path / "port") == remembered_port(tmp_path / "port")


def test_another_is_taken_when_that_one_is_in_use(tmp_path: Path) -> None:
    first = remembered_port(tmp_path / "port")

    with socket.create_server(("127.0.0.1", first)):
        assert not is_free(first)
        second = remembered_port(tmp_path / "port")

    assert second != first
    assert remembered_port(tmp_path / "port") == second


def test_only_a_port_that_is_in_use_is_called_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        assert is_taken(port, "127.0.0.1")

    assert not is_taken(port, "127.0.0.1")
    assert not is_taken(port, "host.invalid")


def test_nonsense_in_the_file_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / "port").write_text("many")

    assert remembered_port(tmp_path / "port") in SERVER_PORTS
