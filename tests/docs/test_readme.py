"""The README's tour, run as it stands."""

import asyncio
import os
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.cluster import Running, started
from tests.docs import tour

pytestmark = pytest.mark.timeout(180)

README = Path(__file__).parents[2] / "README.md"
BOUNDARY = "-- the next stop of the tour --"
WITHIN_S = 50


@pytest.fixture(scope="module")
async def newly_started() -> AsyncGenerator[Running]:
    """What the reader has: nobody in it yet but the root admin."""
    async with started() as running:
        yield running


async def output_of(script: str, running: Running) -> tuple[int, str]:
    told = {"PATH": os.environ["PATH"], "GATEWAY": running.gateway_url, "ROOT_PASSWORD": running.root_password}
    pipe = asyncio.subprocess.PIPE
    shell = await asyncio.create_subprocess_exec("bash", "-c", script, env=told, stdout=pipe, stderr=pipe)
    try:
        async with asyncio.timeout(WITHIN_S):
            out, err = await shell.communicate()
    except TimeoutError:
        # What it started ends with it: a loop would go on for ever.
        shell.kill()
        raise
    return shell.returncode or 0, out.decode() + (err.decode() if shell.returncode else "")


def test_the_tour_visits_what_it_should() -> None:
    commands = "".join(stop.command for stop in tour.stops(README))

    for path in (
        "healthcheck",
        "admin/login",
        "admin/create-admin",
        "admin/list",
        "customer/register",
        "customer/login",
    ):
        assert f"/api/v1/{path}" in commands
    assert all(stop.expected for stop in tour.stops(README))


async def test_the_tour_prints_what_it_says(newly_started: Running) -> None:
    stops = tour.stops(README)

    code, output = await output_of(tour.script(stops, BOUNDARY), newly_started)

    assert code == 0, output
    printed = output.split(f"\n{BOUNDARY}\n")
    assert len(printed) == len(stops) + 1
    for stop, text in zip(stops, printed, strict=False):
        for expected in stop.expected:
            assert expected in text, stop.command
