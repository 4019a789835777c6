"""Wherever nats-server is set up, it says itself that it syncs before it acknowledges."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, override

from contracts.bus import PARTICIPANTS
from flowctl.cluster import Cluster
from flowkit.bus.users import render
from flowkit.servers import NatsServer
from httpx import AsyncClient

DEPLOYED = (Path(__file__).parents[2] / "deploy/nats/nats.conf").read_text()


class DeployedNats(NatsServer):
    """As deploy/nats/nats.conf sets it up, on ports and in a folder of this machine."""

    @override
    def _render(self) -> str:
        (self.home / "tls.conf").write_text("# off\n")
        text = f'{DEPLOYED}\npid_file: "{self._pid_file}"\n'
        for deployed, here in (
            ("0.0.0.0:4222", f"127.0.0.1:{self.port}"),
            ("0.0.0.0:8222", self.monitor_url.removeprefix("http://")),
            ("store_dir: /data", f'store_dir: "{self.home / "jetstream"}"'),
            ("tls/tls.conf", "tls.conf"),
        ):
            assert deployed in text
            text = text.replace(deployed, here)
        return text


@asynccontextmanager
async def deployed() -> AsyncGenerator[NatsServer]:
    with TemporaryDirectory(prefix="flow-nats-") as home:
        server = DeployedNats(Path(home), users=render(PARTICIPANTS))
        try:
            await server.start()
            yield server
        finally:
            await server.stop()


async def kept_by(server: NatsServer) -> dict[str, Any]:
    async with AsyncClient() as http:
        return (await http.get(f"{server.monitor_url}/varz")).json()["jetstream"]["config"]


async def test_the_deployed_one_syncs_before_it_acknowledges() -> None:
    async with deployed() as server:
        assert (await kept_by(server))["sync_always"] is True


async def test_so_does_the_one_of_make_up(tmp_path: Path) -> None:
    async with Cluster(tmp_path / ".flow", services=()) as cluster:
        assert '"sync_interval": "always"' in cluster.nats.config.read_text()
        assert (await kept_by(cluster.nats))["sync_always"] is True
