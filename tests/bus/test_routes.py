"""Three servers as deploy/nats/routes.conf joins them: what one user may do holds on each, and no stranger joins."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any, override

import pytest
from contracts.bus import PARTICIPANTS
from flowkit.bus import Denied, NoResponders
from flowkit.bus.nats import NatsBus, NatsOptions
from flowkit.bus.users import PASSWORDS, render
from flowkit.servers import NatsServer, free_ports
from flowkit.servers.certificates import Authority
from httpx import AsyncClient

ROUTES = (Path(__file__).parents[2] / "deploy/nats/routes.conf").read_text()
OTHERS = 2
SOON_S = 30.0


class Member(NatsServer):
    """One of several, on ports of this machine instead of hosts of their own."""

    routes = ""

    @override
    def _settings(self) -> dict[str, Any]:
        return super()._settings() | {"server_name": self.home.name}

    @override
    def _render(self) -> str:
        return super()._render() + self.routes

    async def route_count(self) -> int:
        async with AsyncClient() as http:
            return len(
                {each["remote_name"] for each in (await http.get(f"{self.monitor_url}/routez")).json()["routes"]}
            )


def routes(own: int, ports: list[int], authority: Authority) -> str:
    certificate = authority.certificate(f"route-{own}", ["127.0.0.1"])
    text = ROUTES.replace("0.0.0.0:6222", f"127.0.0.1:{own}")
    for number, port in enumerate(ports, 1):
        text = text.replace(f"nats-{number}:6222", f"127.0.0.1:{port}")
    for name, file in (("cert.pem", certificate.file), ("key.pem", certificate.key), ("ca.pem", authority.own.file)):
        text = text.replace(f"/etc/nats/tls/{name}", str(file))
    assert "nats-" not in text
    return text


@asynccontextmanager
async def members(folder: Path) -> AsyncGenerator[list[Member]]:
    ports, authority = free_ports(OTHERS + 1), Authority(folder / "authority")
    made = [Member(folder / f"nats-{number}", users=render(PARTICIPANTS)) for number in range(len(ports))]
    for member, port in zip(made, ports, strict=True):
        member.routes = routes(port, ports, authority)
        if member is not made[0]:
            # The same users everywhere, with the same passwords.
            shutil.copytree(made[0].home / PASSWORDS, member.home / PASSWORDS)
        else:
            _make_passwords(member)
    async with AsyncExitStack() as stack:
        for member in made:
            stack.push_async_callback(member.stop)
        await asyncio.gather(*(member.start() for member in made))
        yield made


def _make_passwords(member: Member) -> None:
    member.home.mkdir(parents=True)
    assert member.users is not None
    member.users.write()


@pytest.fixture(scope="module")
async def three() -> AsyncGenerator[list[Member]]:
    with tempfile.TemporaryDirectory(prefix="flow-routes-") as folder:
        async with members(Path(folder)) as made:
            yield made


async def joined(member: Member, count: int) -> None:
    async with asyncio.timeout(SOON_S):
        while await member.route_count() != count:
            await asyncio.sleep(0.05)


async def test_a_request_and_its_answer_cross_and_each_server_holds_to_the_same_rights(three: list[Member]) -> None:
    for member in three:
        await joined(member, OTHERS)
    auth, gateway = NatsBus(NatsOptions(three[0].url_of("auth"))), NatsBus(NatsOptions(three[1].url_of("gateway")))
    answers: list[asyncio.Future[None]] = []
    await auth.subscribe(
        "api.v1.auth.validate",
        lambda message: answers.append(asyncio.ensure_future(auth.publish(message.reply, b"over a route"))),
        queue="auth",
    )
    await auth.flush(within=10)

    async with asyncio.timeout(SOON_S):
        while await asked(gateway) != b"over a route":
            await asyncio.sleep(0.05)
    for member in three:
        customer = NatsBus(NatsOptions(member.url_of("customer")))
        with pytest.raises(Denied):
            await customer.request("api.v1.auth.validate", b"{}", within=10)
        await customer.close()
    for bus in (auth, gateway):
        await bus.close()


async def asked(gateway: NatsBus) -> bytes:
    """Nothing where the other server's interest is not known yet."""
    with suppress(NoResponders):
        return (await gateway.request("api.v1.auth.validate", b"{}", within=10)).data
    return b""


async def test_joined_each_still_syncs_before_it_acknowledges(three: list[Member]) -> None:
    async with AsyncClient() as http:
        told = [(await http.get(f"{member.monitor_url}/varz")).json() for member in three]

    assert [each["jetstream"]["config"]["sync_always"] for each in told] == [True] * len(three)


async def test_a_server_of_another_authority_does_not_join(three: list[Member], tmp_path: Path) -> None:
    (own,) = free_ports(1)
    theirs = [int(text.partition("listen: 127.0.0.1:")[2].split()[0]) for text in (each.routes for each in three)]
    stranger = Member(tmp_path / "stranger")
    stranger.routes = routes(own, theirs, Authority(tmp_path / "authority"))
    starting = asyncio.ensure_future(stranger.start())
    try:
        async with asyncio.timeout(SOON_S):
            while "TLS route handshake error" not in (log := await said(stranger)):
                await asyncio.sleep(0.05)
        assert "signed by unknown authority" in log + "".join([await said(member) for member in three])
        assert [await member.route_count() for member in three] == [OTHERS] * len(three)
    finally:
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        await stranger.stop()


async def said(member: Member) -> str:
    return await asyncio.to_thread(member.log.read_text) if member.log.exists() else ""
