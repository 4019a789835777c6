"""The `flow` command, as an operator runs it."""

import asyncio
import os
import sys

from .running import Running


async def flow(cluster: Running, *arguments: str, stdin: bytes = b"") -> tuple[int, str]:
    """With the operator's credentials: how it ended, and all it said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "flowctl", *arguments),
        env=os.environ | {"NATS_URL": cluster.nats_url},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate(stdin)
    return process.returncode or 0, said.decode()
