"""`python -m admin_service seed`, as an operator runs it."""

import asyncio
import sys

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


async def test_what_is_no_option_is_refused(database_url: str) -> None:
    assert await seed(database_url, "--newpassword") == (2, "")
