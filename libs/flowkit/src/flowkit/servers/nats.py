"""A real nats-server, with JetStream, as a child process."""

import contextlib
import json
import shutil
import signal
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar, override

from flowkit.servers import nats_users
from flowkit.servers.binaries import nats_server
from flowkit.servers.certificates import Authority
from flowkit.servers.child import Child
from flowkit.servers.http import get
from flowkit.servers.leftovers import end_leftover, leftover
from flowkit.servers.nats_users import NatsUsers
from flowkit.servers.ports import remembered_port
from flowkit.servers.server import Server, bare_environment

MAX_PAYLOAD = 2 << 20
PING_INTERVAL_S = 5
HOSTS = ("127.0.0.1", "localhost")


class NatsServer(Server):
    name: ClassVar = "nats"
    stop_signal: ClassVar = signal.SIGTERM

    def __init__(
        self,
        home: Path,
        *,
        port: int | None = None,
        max_payload: int = MAX_PAYLOAD,
        ping_interval_s: int = PING_INTERVAL_S,
        users: str = "",
        tls: bool = False,
    ) -> None:
        """`users` are those of `flowkit.bus.users`, and nobody else gets in; without them anybody may do anything."""
        super().__init__(home, port=port)
        self.users = NatsUsers(home, users) if users else None
        self.authority = Authority(home / "tls") if tls else None
        self.config = home / "nats.conf"
        self.max_payload = max_payload
        self.ping_interval_s = ping_interval_s
        self._monitor_port = 0

    @classmethod
    @asynccontextmanager
    async def temporary(cls, users: str = "", *, tls: bool = False) -> AsyncGenerator["NatsServer"]:
        """A server of one's own, gone at the end with all it stored."""
        home = Path(tempfile.mkdtemp(prefix="flow-nats-"))
        server = cls(home, users=users, tls=tls)
        try:
            await server.start()
            yield server
        finally:
            await server.stop()
            shutil.rmtree(home)

    @property
    @override
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self.port}"

    def url_of(self, user: str) -> str:
        """With that user's password, where the server asks for one."""
        if self.users is None:
            return self.url
        return f"{self._scheme}://{user}:{self.users.password_of(user)}@127.0.0.1:{self.port}"

    @property
    def ca(self) -> Path | None:
        """What its clients verify it by, where it speaks TLS."""
        return None if self.authority is None else self.authority.own.file

    @property
    def _scheme(self) -> str:
        return "nats" if self.authority is None else "tls"

    @property
    def monitor_url(self) -> str:
        return f"http://127.0.0.1:{self._monitor_port}"

    @override
    async def _prepare(self) -> None:
        if (old := leftover(self._pid_file, self.config)) is not None:
            await end_leftover(old, signal.SIGTERM)
        self._pid_file.unlink(missing_ok=True)

    @override
    async def _spawn(self) -> Child:
        self._monitor_port = remembered_port(self.home / "monitor.port", but_not=self.port)
        if self.users is not None:
            self.users.write()
        self.config.write_text(self._render())
        return await Child.spawn(self._command(), environ=bare_environment(), log=self.log)

    @override
    async def _is_ready(self) -> bool:
        with contextlib.suppress(OSError, ValueError):
            return await get(f"{self.monitor_url}/healthz") == 200  # noqa: PLR2004  HTTP's own number
        return False

    def _command(self) -> list[str]:
        return [str(nats_server()), "-c", str(self.config)]

    @property
    def _pid_file(self) -> Path:
        return self.home / "nats.pid"

    def _render(self) -> str:
        lines = [f"{name}: {json.dumps(value)}" for name, value in self._settings().items()]
        if self.users is not None:
            lines.append(f'include "{nats_users.FILE}"')
        return "\n".join(lines) + "\n"

    def _tls(self) -> dict[str, Any]:
        if self.authority is None:
            return {}
        certificate = self.authority.certificate("nats", HOSTS)
        # A client that begins with TLS lets nobody between write its first words; one that does not may still do so.
        return {
            "tls": {"cert_file": str(certificate.file), "key_file": str(certificate.key), "handshake_first": "auto"}
        }

    def _settings(self) -> dict[str, Any]:
        # JetStream acknowledges before it syncs unless told otherwise, and a power cut takes what it acknowledged.
        return self._tls() | {
            "server_name": "flow",
            "listen": f"127.0.0.1:{self.port}",
            "http": f"127.0.0.1:{self._monitor_port}",
            "pid_file": str(self._pid_file),
            "max_payload": self.max_payload,
            "ping_interval": f"{self.ping_interval_s}s",
            "ping_max": 2,
            "write_deadline": "2s",
            "jetstream": {
                "store_dir": str(self.home / "jetstream"),
                "sync_interval": "always",
                "max_memory_store": 64 << 20,
                "max_file_store": 4 << 30,
            },
        }
