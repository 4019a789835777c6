"""`python -m admin_service seed`, as an operator runs it."""

import asyncio
import sys

import pytest
from admin_service.root import EMAIL
from admin_service.store import Transaction
from flowkit import postgres
from flowkit.postgres import PostgresOptions
from flowkit.postgres.login_histories import LoginHistories
from flowkit.process.logins import StoredHistories
from flowkit.security.throttle import Throttle, Throttled
from flowkit.security.visitors import Visitor

PASSWORD_ON_A_LINE = 21


async def seed(url: str, *arguments: str, **environ: str) -> tuple[int, str]:
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "admin_service", "seed", *arguments),
        env={"DATABASE_URL": url, **environ},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    output, _ = await program.communicate()
    return program.returncode or 0, output.decode()


async def test_an_empty_database_is_seeded_and_the_password_alone_is_printed(database_url: str) -> None:
    code, printed = await seed(database_url)
    assert (code, len(printed)) == (0, PASSWORD_ON_A_LINE)
    assert await seed(database_url) == (0, "")
    code, another = await seed(database_url, "--new-password")
    assert (code, len(another)) == (0, PASSWORD_ON_A_LINE)
    assert another != printed


async def test_the_operators_own_password_is_not_printed(database_url: str) -> None:
    assert await seed(database_url, ROOT_ADMIN_PASSWORD="correct horse") == (0, "")


async def guess(throttle: Throttle) -> None:
    for number in range(20):
        await throttle.reserve(Visitor.of(EMAIL, f"10.0.0.{number}"))


async def test_a_new_password_can_be_used_whoever_has_guessed_at_the_old_one(database_url: str) -> None:
    await seed(database_url)
    async with postgres.connect(PostgresOptions(database_url), Transaction) as store:
        throttle = Throttle(StoredHistories(LoginHistories(store)))
        with pytest.raises(Throttled):
            await guess(throttle)
        await seed(database_url, "--new-password")
        await throttle.reserve(Visitor.of(EMAIL, "198.51.100.7"))


async def test_what_is_no_option_is_refused(database_url: str) -> None:
    assert await seed(database_url, "--newpassword") == (2, "")
