"""A cluster of three nats-servers, each a process of its own."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, override

from flowkit.servers import NatsServer
from flowkit.servers.ports import free_ports


class Member(NatsServer):
    def __init__(self, home: Path, place: int, routes: Sequence[int]) -> None:
        super().__init__(home)
        self.member = f"lamp-{place}"
        self._own_route, self._routes = routes[place], [port for port in routes if port != routes[place]]

    @override
    def _settings(self) -> dict[str, Any]:
        routes = [f"nats-route://127.0.0.1:{port}" for port in self._routes]
        cluster = {"name": "lamps", "listen": f"127.0.0.1:{self._own_route}", "routes": routes}
        return super()._settings() | {"server_name": self.member, "cluster": cluster}


@dataclass(frozen=True, slots=True)
class ThreeServers:
    members: tuple[Member, ...]

    @property
    def url(self) -> str:
        return ",".join(member.url for member in self.members)

    def named(self, name: str) -> Member:
        return next(member for member in self.members if member.member == name)


@asynccontextmanager
async def three_servers() -> AsyncGenerator[ThreeServers]:
    routes = free_ports(3)
    with tempfile.TemporaryDirectory(prefix="flow-nats-") as home:
        members = tuple(Member(Path(home) / str(place), place, routes) for place in range(3))
        try:
            # None is well before it has found another.
            await asyncio.gather(*(member.start() for member in members))
            yield ThreeServers(members)
        finally:
            await asyncio.gather(*(member.stop() for member in members))
