"""The README's tour, run as it stands."""

import asyncio
import os
import re
import sys
from collections import Counter
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cluster import Running
from tests.cluster.local import processes
from tests.docs import tour

pytestmark = pytest.mark.timeout(180)

README = Path(__file__).parents[2] / "README.md"
BOUNDARY = "-- the next stop of the tour --"
WITHIN_S = 50


# Its three letters are on their way when the tour ends.
ALL_IS_SAID = (
    """until [ "$(grep -h $TRACE .flow/logs/notification.log | grep -c '"outcome":"sent"')" = 3 ]; do sleep 0.1; done"""
)


@dataclass(frozen=True, slots=True)
class Desk:
    """Where the reader sits: a checkout, in which `make up` runs."""

    folder: Path
    running: Running


@pytest.fixture(scope="module")
async def desk() -> AsyncGenerator[Desk]:
    """What the reader has: nobody in it yet but the root admin."""
    async with processes() as (cluster, running):
        folder = cluster.state.folder.parent
        (folder / ".venv").symlink_to(Path(sys.prefix))
        yield Desk(folder, running)


async def output_of(script: str, desk: Desk) -> tuple[int, str]:
    running = desk.running
    told = {"PATH": os.environ["PATH"], "GATEWAY": running.gateway_url, "ROOT_PASSWORD": running.root_password}
    pipe = asyncio.subprocess.PIPE
    shell = await asyncio.create_subprocess_exec(
        "bash", "-c", script, env=told, cwd=desk.folder, stdout=pipe, stderr=pipe
    )
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


async def test_the_tour_prints_what_it_says_and_its_trace_is_the_tree_that_is_shown(desk: Desk) -> None:
    stops, tree = tour.stops(README), tour.tree(README)

    code, output = await output_of(tour.script([*stops, tour.Stop(ALL_IS_SAID, ()), tree], BOUNDARY), desk)

    assert code == 0, output
    *printed, _, drawn, _ = output.split(f"\n{BOUNDARY}\n")
    assert len(printed) == len(stops)
    for stop, text in zip(stops, printed, strict=True):
        for expected in stop.expected:
            assert expected in text, stop.command
    assert thoughts(tree.expected) - thoughts(drawn.splitlines()) == Counter()


def thoughts(lines: Iterable[str]) -> Counter[tuple[int, str]]:
    """Each with its depth; not when, how long and in which trace, nor which of two came first."""
    bare = (re.sub(r"[\d.]+ ms|[0-9a-f]{32}", "", line) for line in lines)
    return Counter((_depth(line), " ".join(line.lstrip("│├└─ ").split())) for line in bare if line.strip())


def _depth(line: str) -> int:
    return max(line.find("├"), line.find("└")) + 1
