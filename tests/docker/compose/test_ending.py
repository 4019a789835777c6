"""`docker compose down`: everything ends by itself, in time, and nothing stays."""

import time
from collections.abc import Callable
from pathlib import Path

from flowkit.process.settings import ServiceSettings
from gateway_service.settings import Settings as GatewaySettings

from tests.integration.chaos.load import Load
from tests.integration.chaos.stopping import refuse_a_stop_cut_short

from .crowd import balancer_of, made_up_passwords, traffic_of
from .project import SERVICES, started

ROOT_PASSWORD = "given from outside"
# Services first, what they stand on after them; and what the engine itself takes.
LONGEST_S = max(ServiceSettings().longest_stop_s, GatewaySettings().longest_stop_s) + 5


async def test_a_cluster_at_work_ends_by_itself_and_in_time(tmp_path: Path, tell: Callable[[str], None]) -> None:
    async with started(tmp_path, {"ROOT_ADMIN_PASSWORD": ROOT_PASSWORD}) as project:
        traffic, balancer = await traffic_of(project, ROOT_PASSWORD), await balancer_of(project)
        async with Load(balancer, traffic.mix, clients=8, rate=80).running():
            began = time.monotonic()
            await project.compose("stop")
            took = time.monotonic() - began
        ended = await project.containers()
        tell(f"{len(ended)} containers stopped in {took:.1f} s")
        assert took < LONGEST_S
        assert {each.name: each.exit_code for each in ended} == dict.fromkeys((each.name for each in ended), 0)
        assert await made_up_passwords(project) == []
        for service in SERVICES:
            refuse_a_stop_cut_short(service, await project.lines(await project.container(service)))
