"""PostgreSQL as a child: who it runs as, what it keeps, how it comes back."""

import os
import signal
import stat
from pathlib import Path
from typing import cast

import asyncpg  # pyright: ignore[reportMissingTypeStubs]  it ships none; what is used of it is typed in `Connection`
import psutil
import pytest
from flowkit.servers import FolderInUse, PortTaken, PostgresServer, ServerNotStarted
from flowkit.servers.databases import Connection
from flowkit.servers.processes import is_alive

from .seeing import ends, parent_of_a_server


async def ask(url: str, query: str) -> object:
    connection = cast("Connection", await asyncpg.connect(url, timeout=30))  # pyright: ignore[reportUnknownMemberType]
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def closed_folder(tmp_path: Path) -> Path:
    tmp_path.chmod(0o700)
    return tmp_path


def test_it_is_never_root_and_its_data_are_its_own(postgres: PostgresServer) -> None:
    assert psutil.Process(postgres.pid).uids().effective == postgres.data.path.stat().st_uid != 0
    assert mode_of(postgres.data.path) == 0o700
    assert mode_of(postgres.home / "password") == 0o600


async def test_a_wrong_password_is_refused(postgres: PostgresServer) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await ask(f"postgresql://postgres:wrong@127.0.0.1:{postgres.port}/postgres", "SELECT 1")


async def test_a_role_owns_its_database_and_enters_no_other(postgres: PostgresServer) -> None:
    orders = await postgres.create_database("orders")
    await postgres.create_database("payments")

    await ask(orders, "CREATE TABLE line ()")
    assert await ask(orders, "SELECT tableowner FROM pg_tables WHERE tablename = 'line'") == "orders"
    for other in ("payments", "postgres", "template1"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied for database"):
            await ask(orders.removesuffix("orders") + other, "SELECT 1")


async def test_a_database_may_be_asked_for_twice(postgres: PostgresServer) -> None:
    first = await postgres.create_database("twice")
    await ask(first, "SELECT 1")

    assert await postgres.create_database("twice") == first
    given = await postgres.create_database("twice", password="it's mine")
    assert await ask(given, "SELECT current_user") == "twice"


async def test_a_database_can_be_copied_and_dropped(postgres: PostgresServer) -> None:
    original = await postgres.create_database("original")
    await ask(original, "CREATE TABLE kept AS SELECT 42 AS answer")

    copy = await postgres.create_database("copy", "original", template="original")
    assert await ask(copy, "SELECT answer FROM kept") == 42

    await postgres.drop_database("copy")
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await ask(copy, "SELECT 1")


async def test_it_comes_back_on_its_port_with_its_data_after_a_kill(postgres: PostgresServer) -> None:
    url = await postgres.create_database("kept")
    await ask(url, "CREATE TABLE answers AS SELECT 42 AS answer")
    family = [postgres.pid, *(child.pid for child in psutil.Process(postgres.pid).children())]

    postgres.kill()
    try:
        assert await postgres.wait() == -signal.SIGKILL
        assert [await ends(pid) for pid in family] == [True] * len(family)
    finally:
        await postgres.start()

    assert await ask(url, "SELECT answer FROM answers") == 42


async def test_frozen_all_of_it_stands_still(postgres: PostgresServer) -> None:
    postgres.freeze()
    try:
        # Asked afterwards: the process of a connection that was just closed may have been about to end.
        family = [psutil.Process(postgres.pid), *psutil.Process(postgres.pid).children()]
        assert {process.status() for process in family} - {psutil.STATUS_ZOMBIE} == {psutil.STATUS_STOPPED}
        assert len(family) > 1
    finally:
        postgres.thaw()

    assert await ask(postgres.url, "SELECT 1") == 1


async def test_unless_told_otherwise_it_syncs(postgres_home: Path) -> None:
    server = PostgresServer(postgres_home)
    await server.start()

    assert await ask(server.url, "SHOW fsync") == "on"

    await server.stop()
    assert not is_alive(server.pid)


async def test_a_taken_port_is_told(postgres: PostgresServer, postgres_home: Path) -> None:
    second = PostgresServer(postgres_home, port=postgres.port, durable=False)

    with pytest.raises(PortTaken, match=f"port {postgres.port} is taken"):
        await second.start()


async def test_one_home_serves_one_server(postgres: PostgresServer) -> None:
    with pytest.raises(FolderInUse):
        await PostgresServer(postgres.home).start()

    assert is_alive(postgres.pid)


@pytest.mark.parametrize("pid", [1, os.getpid()])
async def test_a_stale_pid_file_does_not_block_a_start(postgres_home: Path, pid: int) -> None:
    server = PostgresServer(postgres_home, durable=False)
    await server.start()
    pid_file = server.data.path / "postmaster.pid"
    theirs = pid_file.read_text().splitlines()
    server.kill()
    await server.wait()
    pid_file.write_text("\n".join([str(pid), *theirs[1:]]))

    await server.start()

    assert is_alive(pid)
    await server.stop()


async def test_a_start_that_broke_off_is_made_good_by_the_next(new_postgres_home: Path) -> None:
    (new_postgres_home / "unfinished").mkdir()
    (new_postgres_home / "unfinished/half").touch()
    server = PostgresServer(new_postgres_home, durable=False)

    await server.start()

    assert not (new_postgres_home / "unfinished").exists()
    await server.stop()


async def test_it_dies_with_a_parent_that_is_killed(postgres_home: Path) -> None:
    parent, pid = await parent_of_a_server("postgres", postgres_home)

    parent.kill()
    await parent.wait()

    assert await ends(pid)


async def test_what_a_crash_left_running_is_ended_by_the_next_start(postgres_home: Path) -> None:
    first = PostgresServer(postgres_home, durable=False)
    await first.start()
    first._lock.release()  # pyright: ignore[reportPrivateUsage]  as the kernel would, had we died

    second = PostgresServer(postgres_home, durable=False)
    await second.start()

    assert not is_alive(first.pid)
    assert await ask(second.url, "SELECT 1") == 1
    await first.wait()
    await second.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs it as another user")
async def test_a_home_its_user_cannot_reach_is_told_and_not_opened(closed_folder: Path) -> None:
    with pytest.raises(ServerNotStarted, match="cannot reach"):
        await PostgresServer(closed_folder / "home").start()

    assert mode_of(closed_folder) == 0o700
