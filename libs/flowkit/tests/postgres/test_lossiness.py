"""What a real server's settings say about what it may lose."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from flowkit import postgres
from flowkit.postgres import LOST_WITHOUT, PostgresOptions

from .notes import Notes, NoteStore


@asynccontextmanager
async def store_on(url: str, *statements: str) -> AsyncGenerator[NoteStore]:
    """By connections that are made after the statements."""
    async with postgres.connect(PostgresOptions(url), Notes) as store, store.transaction() as tx:
        for statement in statements:
            await tx.run(statement)
    async with postgres.connect(PostgresOptions(url, check_timeout=20), Notes) as store:
        yield store


async def test_the_servers_of_tests_sync_nothing_and_are_known_by_it(url: str) -> None:
    async with store_on(url) as store:
        assert await store.check() == ("fsync", "full_page_writes")


@pytest.mark.parametrize("word", ["on", "local", "remote_write", "remote_apply"])
async def test_any_synchronous_commit_but_off_syncs_here_first(url: str, word: str) -> None:
    async with store_on(url, f"ALTER ROLE CURRENT_USER SET synchronous_commit = '{word}'") as store:
        assert "synchronous_commit" not in await store.check()


async def test_what_is_off_for_a_role_alone_is_found_as_well(url: str) -> None:
    async with store_on(url, "ALTER ROLE CURRENT_USER SET synchronous_commit = off") as store:
        assert await store.check() == tuple(LOST_WITHOUT)
