"""A cluster of three nats-servers that can be parted, and telling and reading while it elects leaders."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import Any, override

import msgspec
from flowkit.bus import BusError
from flowkit.contract import EVENTS
from flowkit.servers import NatsServer
from flowkit.servers.ports import free_ports
from flowkit.streams import Streams
from flowkit.streams.declared import Declared, StreamOptions
from flowkit.streams.keeping import Keeping
from flowkit.testing.proxy import Proxy

from .grounds import KEEPER, LIT, PARTICIPANTS

PATIENCE_S = 40.0
SPREAD = StreamOptions(replicas=3, ack_wait_s=2)
_NOWHERE = "127.0.0.1:1"
_PLACES = range(3)


class Member(NatsServer):
    """It finds the others on `routes` alone, and tells its clients of none of them."""

    def __init__(self, home: Path, name: str, own_route: int, routes: Sequence[int]) -> None:
        super().__init__(home)
        self.member = name
        self._own_route, self._routes = own_route, routes

    @override
    def _settings(self) -> dict[str, Any]:
        cluster = {
            "name": "lamps",
            "listen": f"127.0.0.1:{self._own_route}",
            "routes": [f"nats-route://127.0.0.1:{port}" for port in self._routes],
            "advertise": _NOWHERE,
            "no_advertise": True,
        }
        return super()._settings() | {"server_name": self.member, "cluster": cluster}


@dataclass(frozen=True, slots=True)
class ThreeServers:
    members: tuple[Member, ...]
    links: Mapping[tuple[str, str], Proxy]
    """What the first of the two goes through to the second."""

    @property
    def url(self) -> str:
        return ",".join(member.url for member in self.members)

    def named(self, name: str) -> Member:
        return next(member for member in self.members if member.member == name)

    def url_without(self, name: str) -> str:
        return ",".join(member.url for member in self.members if member.member != name)

    def part(self, name: str, how: Callable[[Proxy], None]) -> None:
        for link in self._links_of(name):
            how(link)

    def join(self, name: str) -> None:
        for link in self._links_of(name):
            link.restore()
            link.release()

    def _links_of(self, name: str) -> Iterable[Proxy]:
        return [link for ends, link in self.links.items() if name in ends]


@asynccontextmanager
async def three_servers() -> AsyncGenerator[ThreeServers]:
    names, routes = [f"lamp-{place}" for place in _PLACES], free_ports(3)
    async with AsyncExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="flow-nats-")))
        links = {
            (names[one], names[other]): await stack.enter_async_context(Proxy.open(routes[other]))
            for one, other in permutations(_PLACES, 2)
        }
        members = tuple(
            Member(home / name, name, own, [link.port for ends, link in links.items() if ends[0] == name])
            for name, own in zip(names, routes, strict=True)
        )
        try:
            # None is well before it has found another.
            await asyncio.gather(*(member.start() for member in members))
            yield ThreeServers(members, links)
        finally:
            await asyncio.gather(*(member.stop() for member in members))


async def kept_on(streams: Streams) -> None:
    """All that is declared, spread over the three."""
    keeping = Keeping(streams.bus, Declared.of(PARTICIPANTS, SPREAD))
    async with asyncio.timeout(PATIENCE_S):
        while not await _is_kept(keeping):
            await asyncio.sleep(0.2)


async def _is_kept(keeping: Keeping) -> bool:
    try:
        return await keeping.keep() == ()
    except BusError:
        return False


async def leader(streams: Streams, of: str = f"STREAM.INFO.{EVENTS}") -> str:
    """Nobody's name while one is elected, of it or of the cluster."""
    told = await streams.bus.request(f"$JS.API.{of}", b"", within=5)
    return msgspec.json.decode(told.data).get("cluster", {}).get("leader", "")


async def stored(streams: Streams, number: int) -> None:
    """Told again and again under its own id, as an outbox does."""
    headers = {"Nats-Msg-Id": str(number)}
    await at_last(lambda: streams.publish(LIT, b"%d" % number, headers=headers, within=2))


async def at_last[Got](asking: Callable[[], Awaitable[Got]], within: float = PATIENCE_S) -> Got:
    """While the servers elect another leader, what is asked is not answered, or refused."""
    async with asyncio.timeout(within):
        while True:
            try:
                return await asking()
            except BusError:
                await asyncio.sleep(0.1)


async def pulled(streams: Streams, numbers: Iterable[int], reader: str = KEEPER) -> set[bytes]:
    """All that was given until each of these was: one that could not be acknowledged comes again."""
    wanted, taken = said(numbers), set[bytes]()
    async with asyncio.timeout(PATIENCE_S):
        while not wanted <= taken:
            for each in await at_last(lambda: streams.pull(reader, 50, 1.0)):
                taken.add(each.data)
                with suppress(BusError):
                    await streams.done(each)
    return taken


def said(numbers: Iterable[int]) -> set[bytes]:
    return {b"%d" % number for number in numbers}
