"""One statement on a connection of its own."""

from typing import Any, cast

import asyncpg  # pyright: ignore[reportMissingTypeStubs]  it ships none


async def run(url: str, statement: str) -> Any:
    connection = cast("Any", await asyncpg.connect(url))  # pyright: ignore[reportUnknownMemberType]  see above
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()
