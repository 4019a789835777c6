"""The README's tour, walked through a cluster that Compose has started."""

import asyncio
import os
from collections.abc import Mapping

from tests.docs import tour
from tests.docs.test_readme import BOUNDARY, README

from .crowd import made_up_passwords
from .project import Project

WITHIN_S = 30


async def walk(script: str, told: Mapping[str, str]) -> tuple[int | None, str]:
    pipe = asyncio.subprocess.PIPE
    shell = await asyncio.create_subprocess_exec("bash", "-c", script, env=told, stdout=pipe)
    async with asyncio.timeout(WITHIN_S):
        output, _ = await shell.communicate()
    return shell.returncode, output.decode()


async def test_the_tour_prints_what_it_says(project: Project) -> None:
    (password,) = await made_up_passwords(project)
    told = {"PATH": os.environ["PATH"], "GATEWAY": await project.gateway_url(), "ROOT_PASSWORD": password}
    stops = tour.stops(README)

    code, output = await walk(tour.script(stops, BOUNDARY), told)

    assert code == 0, output
    printed = output.split(f"\n{BOUNDARY}\n")
    assert len(printed) == len(stops) + 1
    for stop, text in zip(stops, printed, strict=False):
        assert all(expected in text for expected in stop.expected), f"{stop.command}\n{text}"
