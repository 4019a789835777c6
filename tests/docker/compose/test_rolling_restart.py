"""Every container of every service restarted under load, one after the other; nobody notices."""

from collections.abc import Callable

from tests.integration.chaos.load import Load
from tests.integration.chaos.stopping import refuse_a_stop_cut_short

from .crowd import balancer_of, traffic_of
from .engine import Container, docker
from .project import SERVICES, Project
from .readiness import ready

CLIENTS, RATE = 12, 120


async def restart(container: Container) -> None:
    """As whoever deploys a new version does it: one goes, and the next waits until it is back."""
    await docker("restart", "--time", "15", container.id)
    await ready(container)


async def test_a_rolling_restart_of_everything_fails_no_request(project: Project, tell: Callable[[str], None]) -> None:
    async with project.scaled(**dict.fromkeys(SERVICES, 2)):
        traffic, balancer = await traffic_of(project), await balancer_of(project)
        containers = await project.containers(*SERVICES)
        # Others' stories may have ended one of them in other ways.
        said = {each.id: len(await project.lines(each)) for each in containers}
        async with balancer.watching(), Load(balancer, traffic.mix, CLIENTS, RATE).running() as tally:
            for container in containers:
                await restart(container)

        tell(f"{tally}; {len(containers)} containers restarted, {balancer.refused} connections refused")
        assert len(containers) == 2 * len(SERVICES)
        assert not tally.failed, tally.failed[0]
        for container in containers:
            refuse_a_stop_cut_short(container.service, (await project.lines(container))[said[container.id] :])
