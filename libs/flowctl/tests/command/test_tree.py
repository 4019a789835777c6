"""`flow tree` as a process: log lines go in, trees come out."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

WITHIN_S = 50
LOGGING_IN, ISSUING = "api.v1.admin.login", "api.v1.auth.issue"


def a_call(flow: str, span_id: str) -> dict[str, str | float]:
    return {"flow": flow, "span_id": span_id, "at_ms": 59.5, "ms": 60.0}


REQUEST = {"event": "request", "method": "POST", "route": "/login", "status": 200, "calls": [a_call(LOGGING_IN, "a1")]}
LOGIN = {"event": "flow", "service": "admin", "flow": LOGGING_IN, "caller": "gateway", "parent_span_id": "a1"} | {
    "steps": [{"step": "Verifying password", "at_ms": 1.2, "ms": 58.0}],
    "calls": [a_call(ISSUING, "b1")],
}
ISSUE = {"event": "flow", "service": "auth", "flow": ISSUING, "caller": "admin", "parent_span_id": "b1"}
LINES = [json.dumps(line) for line in (ISSUE, REQUEST, LOGIN)]
WARNING = {"timestamp": "2026-01-02T03:04:05.678901Z", "event": "pool is full", "level": "warning", "service": "admin"}


@asynccontextmanager
async def flow_tree() -> AsyncGenerator[Process]:
    command = (sys.executable, "-m", "flowctl", "tree")
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def told(text: str) -> list[str]:
    async with flow_tree() as process, asyncio.timeout(WITHIN_S):
        out, err = await process.communicate(text.encode())
    assert (process.returncode, err) == (0, b"")
    return out.decode().splitlines()


@pytest.mark.parametrize("prefix", ["", "admin-1  | ", "\x1b[36mcustomer-12  |\x1b[0m "])
async def test_lines_in_any_order_become_a_tree_whatever_stands_before_them(prefix: str) -> None:
    shown = await told("".join(f"{prefix}{line}\n" for line in LINES))

    request, login, step, issue = shown
    assert request.startswith("POST /login  200")
    assert LOGGING_IN in login
    assert step.endswith("Verifying password  took 58.0 ms")
    assert ISSUING in issue


async def test_a_tree_that_is_not_whole_at_the_end_is_shown_all_the_same() -> None:
    assert "not heard of" in "".join(await told(LINES[1]))


async def test_what_is_alarming_is_shown_and_what_others_say_is_not() -> None:
    others = [
        "nats-1 | [1] Server is ready",
        'otel-collector-1 | {"level": "error", "msg": "no"}',
        "{",
        "",
        "admin | {}",
    ]

    shown = await told("\n".join([*others, json.dumps(WARNING)]))

    assert shown == ["admin │ 03:04:05.678 warning pool is full"]


async def test_a_tree_is_shown_while_lines_still_come() -> None:
    async with flow_tree() as process, asyncio.timeout(WITHIN_S):
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("".join(f"{line}\n" for line in LINES).encode())
        assert b"POST /login" in await process.stdout.readline()
        assert process.returncode is None


async def test_whoever_reads_only_the_beginning_is_shown_no_fault(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("".join(f"{line}\n" for line in LINES * 3000))
    command = f"{sys.executable} -m flowctl tree < {tmp_path}/log | head -n 1"

    shell = await asyncio.create_subprocess_exec("bash", "-c", command, stdout=PIPE, stderr=PIPE)
    async with asyncio.timeout(WITHIN_S):
        out, err = await shell.communicate()

    assert out.startswith(b"POST /login")
    assert (shell.returncode, err) == (0, b"")
