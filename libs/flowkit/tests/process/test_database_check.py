"""A service is not ready on a database that may lose what it has committed, unless it was told that it may."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from flowkit.contract import Unavailable
from flowkit.process.database_check import DatabaseCheck, MayLose
from structlog.testing import capture_logs

BOTH = ("fsync", "full_page_writes")


@dataclass
class Server:
    off: tuple[str, ...] = ()
    is_away: bool = False

    async def look(self) -> tuple[str, ...]:
        if self.is_away:
            raise Unavailable
        return self.off


async def looked_at(check: DatabaseCheck) -> list[tuple[str, Any]]:
    """Three times; the lines it wrote, and what they say."""
    with capture_logs() as lines:
        for _ in range(3):
            with suppress(MayLose):
                await check.check()
    return [(line["log_level"], line.get("settings")) for line in lines]


async def test_one_that_keeps_what_it_commits_is_well_and_says_nothing() -> None:
    assert await looked_at(DatabaseCheck(Server().look, lossy_allowed=False)) == []


async def test_one_that_may_lose_it_is_not_well_and_says_once_by_what() -> None:
    check = DatabaseCheck(Server(BOTH).look, lossy_allowed=False)

    ((level, settings),) = await looked_at(check)

    assert level == "error"
    assert settings["fsync"] == "off: a crash of its machine may lose what was committed, and damage the rest"
    assert settings.keys() == set(BOTH)
    with pytest.raises(MayLose, match="fsync, full_page_writes"):
        await check.check()


async def test_where_that_is_allowed_it_is_well_and_warns_once() -> None:
    ((level, settings),) = await looked_at(DatabaseCheck(Server(BOTH).look, lossy_allowed=True))

    assert (level, settings.keys()) == ("warning", set(BOTH))


async def test_a_server_started_again_with_other_settings_is_found_out_and_told_anew() -> None:
    server = Server()
    check = DatabaseCheck(server.look, lossy_allowed=False)

    told: list[list[str]] = []
    for server.off in ((), BOTH, (), BOTH):
        told.append([level for level, _ in await looked_at(check)])

    assert told == [[], ["error"], ["info"], ["error"]]


async def test_a_start_waits_until_the_settings_are_mended() -> None:
    server = Server(BOTH)
    starting = asyncio.ensure_future(DatabaseCheck(server.look, lossy_allowed=False).until_kept())
    await asyncio.sleep(0)
    server.is_away = True
    await asyncio.sleep(0.6)
    assert not starting.done()

    server.is_away, server.off = False, ()

    await asyncio.wait_for(starting, 20)
