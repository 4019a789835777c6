"""Nothing is left out over containers in silence: what cannot run there is named, and no engine is no excuse."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Each says why by its marker.
BOUND_TO_PROCESSES = {
    "tests/telemetry/test_bad_receivers.py::test_a_process_ends_within_5_s_though_nobody_takes_its_spans",
}


async def run_pytest(*given: str, **environ: str) -> tuple[int, str]:
    command = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *given)
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, env=dict(os.environ) | environ, stdout=pipe, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


async def test_exactly_these_stories_are_of_processes_alone() -> None:
    _, output = await run_pytest(
        "--collect-only", "-m", "processes and not chaos", "tests/integration", "tests/telemetry"
    )

    collected = {line.partition("[")[0] for line in output.splitlines() if "::" in line}
    assert collected == BOUND_TO_PROCESSES


@pytest.mark.parametrize(
    "environ", [{"DOCKER_HOST": "unix:///nowhere"}, {"PATH": "/nowhere"}], ids=["silent", "absent"]
)
async def test_without_an_engine_no_story_is_skipped_but_the_run_fails_and_says_what_to_do(
    environ: dict[str, str],
) -> None:
    code, output = await run_pytest("--cluster=containers", "tests/integration/test_edges.py", **environ)

    assert code == 4, output
    assert "Start one" in output
    assert "`docker info` works" in output
    assert "passed" not in output
    assert "skipped" not in output
