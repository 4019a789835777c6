"""A nats-server that asks for a password, which may change while it runs, and keeps one subject to itself."""

import os
import signal
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, override

from flowkit.servers import NatsServer


class GuardedServer(NatsServer):
    _password = ""

    @classmethod
    @asynccontextmanager
    async def asking_for(cls, password: str) -> AsyncGenerator["GuardedServer"]:
        with tempfile.TemporaryDirectory(prefix="flow-nats-") as home:
            server = cls(Path(home))
            server._password = password
            await server.start()
            try:
                yield server
            finally:
                await server.stop()

    def url_for(self, password: str) -> str:
        return f"nats://ann:{password}@127.0.0.1:{self.port}"

    def change_password(self, password: str) -> None:
        self._password = password
        self.config.write_text(self._render())
        os.kill(self.pid, signal.SIGHUP)

    @override
    def _settings(self) -> dict[str, Any]:
        denied = {"deny": "forbidden.>"}
        ann = {"user": "ann", "password": self._password, "permissions": {"publish": denied, "subscribe": denied}}
        return super()._settings() | {"authorization": {"users": [ann]}}
