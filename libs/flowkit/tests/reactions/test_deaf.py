"""A reaction that nothing ends but the end of its process: it ends, and says why, so that another takes its place."""

import asyncio
import json
import os
import sys
from pathlib import Path

from flowkit.bus import Bus
from flowkit.reactions import Reactions
from flowkit.servers import NatsServer
from flowkit.streams import Streams
from flowkit.telemetry.metrics import Metrics

from .scenes import TRACING, Diary, Scene, said, streams_kept

HERE = Path(__file__).parents[1]


def teller(streams: Streams) -> Scene:
    return Scene(streams, Diary(), Reactions("host", [], streams, TRACING, Metrics("host")), Metrics("host"))


async def test_it_ends_by_itself_and_not_as_if_all_were_well(real_bus: Bus, nats: NatsServer) -> None:
    await streams_kept(real_bus)
    settings = {
        "NATS_URL": nats.url,
        "OPS_PORT": "0",
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
        "EVENT_DEADLINE_S": "0.1",
        "STOP_TIMEOUT_S": "0.5",
        "LOG_FORMAT": "json",
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "reactions.deaf"),
        cwd=HERE,
        env=os.environ | settings,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        event_id = await teller(Streams(real_bus)).tell(said("hello"))
        async with asyncio.timeout(50):
            told, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()

    lines = [json.loads(line) for line in told.splitlines()]
    (ending,) = [line for line in lines if line["event"] == "ending, since a reaction does not end"]
    assert (ending["event_id"], ending["level"]) == (event_id, "error")
    assert process.returncode == 1
