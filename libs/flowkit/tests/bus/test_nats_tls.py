"""Encrypted, with a server that proves who it is; and every way in which that fails, told in words to act on."""

import asyncio
import ssl
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from flowkit.bus import Disconnected, Message
from flowkit.bus.nats import NatsBus, NatsOptions
from flowkit.servers import NatsServer
from flowkit.servers.certificates import Authority

from .wires import until


@pytest.fixture(scope="module")
async def encrypted() -> AsyncGenerator[NatsServer]:
    async with NatsServer.temporary(tls=True) as server:
        yield server


def ca_of(server: NatsServer) -> str:
    assert server.ca is not None
    return server.ca.read_text()


class Told:
    """Keeps why there was no connection."""

    def __init__(self) -> None:
        self.reasons: list[str] = []

    def connected(self, server: str) -> None: ...
    def disconnected(self, reason: str) -> None: ...
    def permission_denied(self, what: str) -> None: ...
    def message_failed(self, subject: str, error: Exception) -> None: ...

    def connect_failed(self, server: str, reason: str) -> None:
        self.reasons.append(reason)


async def is_told(words: str, url: str, ca: str = "") -> None:
    """Sooner or later: on a busy machine the first handshake may break off for want of time."""
    told = Told()
    bus = NatsBus(NatsOptions(url, ca=ca), told)
    try:
        with pytest.raises(Disconnected):
            await bus.flush(within=0.5)
        await until(lambda: any(words in reason for reason in told.reasons))
    finally:
        await bus.close()


async def test_messages_large_and_small_cross_an_encrypted_connection(encrypted: NatsServer) -> None:
    bus = NatsBus(NatsOptions(encrypted.url, ca=ca_of(encrypted)))
    large = bytes(range(256)) * 4096

    def answer(message: Message) -> None:
        answering.append(asyncio.ensure_future(bus.publish(message.reply, message.data)))

    answering: list[asyncio.Future[None]] = []
    await bus.subscribe("echo", answer)
    for data in (b"small", large):
        assert (await bus.request("echo", data, within=20)).data == data
    await bus.close()


async def test_after_the_server_was_away_it_is_encrypted_again(encrypted: NatsServer) -> None:
    bus = NatsBus(NatsOptions(encrypted.url, ca=ca_of(encrypted)))
    await bus.flush(within=20)
    await encrypted.restart()

    await until(lambda: bus.reconnects == 1)
    await bus.flush(within=20)
    await bus.close()


async def test_who_does_not_encrypt_is_told_to(encrypted: NatsServer) -> None:
    await is_told("let NATS_URL begin with tls://", encrypted.url.replace("tls://", "nats://"))


async def test_a_server_without_tls_is_told_no_password(steady_server: NatsServer) -> None:
    await is_told("the server speaks no TLS", steady_server.url.replace("nats://", "tls://ann:secret@"))


async def test_a_server_of_another_authority_is_not_trusted(encrypted: NatsServer, tmp_path: Path) -> None:
    other = Authority(tmp_path)
    other.certificate("nats", ["127.0.0.1"])

    await is_told("is NATS_CA what it is signed with?", encrypted.url, other.own.file.read_text())
    await is_told("is NATS_CA what it is signed with?", encrypted.url)


async def test_a_server_of_another_name_is_not_trusted(encrypted: NatsServer) -> None:
    context = ssl.create_default_context(cadata=ca_of(encrypted))

    with pytest.raises(ssl.SSLCertVerificationError, match="not valid for"):
        await asyncio.open_connection("127.0.0.1", encrypted.port, ssl=context, server_hostname="nats.example.org")


def test_what_no_certificate_is_is_refused_before_anything_connects() -> None:
    with pytest.raises(ValueError, match="NATS_CA"):
        NatsOptions("tls://one", ca="no certificate")
