"""The whole cluster with BUS_TLS=on: every service over TLS, a command too, and nobody without."""

import asyncio
import json
import os
import sys

import pytest
from flowkit.bus import Disconnected
from flowkit.bus.nats import NatsBus, NatsOptions
from httpx import AsyncClient

from tests.cluster import People
from tests.cluster.local import processes


@pytest.mark.processes("how containers and Compose get their certificates is tested there")
async def test_one_setting_encrypts_all_that_is_said_on_the_bus() -> None:
    async with processes({"BUS_TLS": "on"}) as (cluster, running):
        async with AsyncClient(base_url=running.gateway_url, timeout=30) as http:
            ada = await People(http, running.root_password).new_customer()
            me = await http.get("/api/v1/auth/me", headers=ada.bearer)
        listed = await flow_ls(str(cluster.state.folder.parent))
        plain = NatsBus(NatsOptions(running.nats_url.replace("tls://", "nats://")))
        with pytest.raises(Disconnected):
            await plain.flush(within=0.5)
        await plain.close()

    assert running.nats_url.startswith("tls://operator:")
    assert json.loads(me.text)["data"]["email"] == ada.email
    assert "api.v1.customer.register" in listed


async def flow_ls(folder: str) -> str:
    ours = {name: value for name, value in os.environ.items() if not name.startswith("NATS_")}
    command = (sys.executable, "-m", "flowctl", "ls")
    asked = await asyncio.create_subprocess_exec(*command, cwd=folder, env=ours, stdout=asyncio.subprocess.PIPE)
    told, _ = await asked.communicate()
    return told.decode()
