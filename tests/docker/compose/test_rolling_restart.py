"""Every container of every service restarted under load, one after the other; nobody notices."""

from collections.abc import Callable

from tests.integration.chaos.load import Load
from tests.integration.chaos.stopping import refuse_a_stop_cut_short
from tests.integration.chaos.waits import Waits

from .crowd import balancer_of, traffic_of
from .engine import Container, docker
from .excuses import is_the_machines
from .project import SERVICES, Project
from .readiness import ready

# Fourteen services, what they stand on and those who ask share two cores, where a service starts at any time.
CLIENTS, RATE = 8, 80


async def restart(container: Container) -> Container:
    """As whoever deploys a new version does it: one goes, and the next waits until it is back."""
    await docker("restart", "--time", "15", container.id)
    await ready(container)
    return await container.now()


async def test_a_rolling_restart_of_everything_fails_no_request(project: Project, tell: Callable[[str], None]) -> None:
    async with project.scaled(**dict.fromkeys(SERVICES, 2)):
        traffic, balancer = await traffic_of(project), await balancer_of(project)
        containers = {each.id: each for each in await project.containers(*SERVICES)}
        # Others' stories may have ended one of them in other ways.
        said = {each.id: len(await project.lines(each)) for each in containers.values()}
        load = Load(balancer, traffic.mix, CLIENTS, RATE)
        async with (
            balancer.watching(),
            Waits.of(lambda: [each.pid for each in containers.values()]) as waits,
            load.running() as tally,
        ):
            for each in list(containers):
                containers[each] = await restart(containers[each])

        lines = {each.id: (await project.lines(each))[said[each.id] :] for each in containers.values()}
        told = [line for some in lines.values() for line in some]
        failed = [each for each in tally.failed if not is_the_machines(each, told, waits)]
        tell(
            f"{tally}; {len(containers)} containers restarted, {balancer.refused} connections refused, "
            f"{len(tally.failed) - len(failed)} health checks on a machine that stood still"
        )
        assert len(containers) == 2 * len(SERVICES)
        assert not failed, failed[0]
        for each in containers.values():
            refuse_a_stop_cut_short(each.service, lines[each.id])
