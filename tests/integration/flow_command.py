"""The `flow` command, as an operator runs it."""

import asyncio
import os
import sys

from tests.cluster import Running


async def flow(cluster: Running, *arguments: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "flowctl", *arguments),
        env=os.environ | {"NATS_URL": cluster.nats_url},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()
