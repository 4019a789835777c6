"""What a test sees of other processes."""

import asyncio
import sys
from pathlib import Path

from flowkit.servers.processes import alive_after


async def ends(pid: int, within_s: float = 30.0) -> bool:
    return not await alive_after(within_s, [pid])


async def parent_of_a_server(kind: str, home: Path) -> tuple[asyncio.subprocess.Process, int]:
    """A process that has started a server, and the server's pid."""
    script = Path(__file__).with_name("orphaning.py")
    parent = await asyncio.create_subprocess_exec(
        sys.executable, str(script), kind, str(home), stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    return parent, int(await parent.stdout.readline())
