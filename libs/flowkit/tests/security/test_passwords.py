import asyncio
import os
import sys
import threading
import time
from collections.abc import AsyncGenerator

import bcrypt
import pytest
from flowkit.contract import Unavailable
from flowkit.security import passwords
from flowkit.security.passwords import PasswordOptions, PasswordPool, Verdict

CHEAP = PasswordOptions(memory_mib=1)
LONG = "pässword " * 14


@pytest.fixture
async def pool() -> AsyncGenerator[PasswordPool]:
    async with passwords.pool(CHEAP) as pool:
        yield pool


def legacy(password: str, cost: int = 4) -> str:
    return bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(cost)).decode()


@pytest.mark.parametrize("password", ["correct horse", "nul\x00byte", "lone \ud800 surrogate", LONG, "x" * 128])
async def test_a_password_matches_its_own_hash_and_no_other(pool: PasswordPool, password: str) -> None:
    stored = await pool.hash(password)
    assert await pool.verify(password, stored) == Verdict(matches=True, replacement_needed=False)
    assert await pool.verify(password[:-1], stored) == Verdict(matches=False)


async def test_hashes_are_argon2id_as_owasp_asks() -> None:
    async with passwords.pool() as pool:
        assert (await pool.hash("correct horse")).startswith("$argon2id$v=19$m=47104,t=1,p=1$")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a thread has no priority of its own")
async def test_the_threads_that_hash_come_after_whoever_reads(pool: PasswordPool) -> None:
    await pool.hash("correct horse")

    hashing = [thread.native_id for thread in threading.enumerate() if thread.name.startswith("passwords")]
    assert hashing
    ours = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    assert {os.getpriority(os.PRIO_PROCESS, number or 0) for number in hashing} == {min(19, ours + 10)}


@pytest.mark.parametrize("password", ["correct horse", LONG, "x" * 128])
async def test_a_legacy_hash_matches_and_is_to_be_replaced(pool: PasswordPool, password: str) -> None:
    stored = legacy(password)
    for prefix in ("$2a$", "$2b$", "$2y$"):
        assert await pool.verify(password, prefix + stored[4:]) == Verdict(matches=True, replacement_needed=True)
    assert await pool.verify("wrong", stored) == Verdict(matches=False)
    assert await pool.verify("nul\x00byte", stored) == Verdict(matches=False)


async def test_a_hash_of_other_costs_is_to_be_replaced(pool: PasswordPool) -> None:
    async with passwords.pool(PasswordOptions(memory_mib=2)) as other:
        stored = await other.hash("correct horse")
    assert await pool.verify("correct horse", stored) == Verdict(matches=True, replacement_needed=True)


@pytest.mark.parametrize("junk", ["", "junk", "$2b$12$", "$2b$31$" + "a" * 53, "$argon2id$", "$argon2id$v=19$m=9$A$A"])
async def test_junk_in_the_place_of_a_hash_matches_nothing_and_is_logged(
    pool: PasswordPool, junk: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await pool.verify("correct horse", junk) == Verdict(matches=False)
    assert "could not be read" in capsys.readouterr().out


async def test_a_verdict_tells_when_its_check_began_however_long_it_stood_in_line() -> None:
    async with passwords.pool(PasswordOptions(threads=1)) as pool:
        stored = await pool.hash("correct horse")
        asked = time.monotonic()
        first, second = await asyncio.gather(pool.verify("correct horse", stored), pool.verify_unknown("correct horse"))
    assert asked <= first.began < second.began
    assert (first.matches, second.matches) == (True, False)


async def test_each_hash_is_counted(pool: PasswordPool) -> None:
    stored = await pool.hash("correct horse")
    await pool.verify("wrong", stored)
    await pool.verify_unknown("wrong")
    assert pool.hashed == 3


async def test_past_the_end_of_the_line_one_is_turned_away_at_once() -> None:
    async with passwords.pool(PasswordOptions(threads=1, line=2)) as pool:
        hashing = [asyncio.create_task(pool.hash("correct horse")) for _ in range(3)]
        await asyncio.sleep(0)
        assert pool.waiting == 2
        with pytest.raises(Unavailable):
            await pool.hash("one too many")
        await asyncio.gather(*hashing)
        assert pool.waiting == 0


async def test_in_a_line_that_moves_too_slowly_one_is_turned_away() -> None:
    async with passwords.pool(PasswordOptions(threads=1, patience=0.01, memory_mib=256)) as pool:
        slow = asyncio.create_task(pool.hash("correct horse"))
        await asyncio.sleep(0)
        with pytest.raises(Unavailable):
            await pool.hash("correct horse")
        assert (pool.running, pool.waiting) == (1, 0)
        await slow
        await pool.hash("correct horse")


async def test_who_would_wait_in_vain_is_turned_away_before_waiting() -> None:
    async with passwords.pool(PasswordOptions(threads=1, patience=0.001)) as pool:
        await pool.hash("correct horse")
        ahead = [asyncio.create_task(pool.hash("correct horse")) for _ in range(2)]
        await asyncio.sleep(0)
        assert (pool.running, pool.waiting) == (1, 1)
        with pytest.raises(Unavailable):
            pool.hash("in vain").send(None)
        await asyncio.gather(*ahead, return_exceptions=True)


async def test_whoever_leaves_the_line_frees_a_place() -> None:
    async with passwords.pool(PasswordOptions(threads=1, line=1)) as pool:
        first, leaving = (asyncio.create_task(pool.hash("correct horse")) for _ in range(2))
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.wait([leaving])
        await asyncio.gather(first, pool.hash("correct horse"))


async def test_whoever_hangs_up_while_hashing_leaves_the_thread_its_turn() -> None:
    async with passwords.pool(PasswordOptions(threads=1)) as pool:
        leaving = asyncio.create_task(pool.hash("correct horse"))
        while not pool.running:
            await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.wait([leaving])
        waiting = asyncio.create_task(pool.hash("correct horse"))
        await asyncio.sleep(0)
        assert (pool.running, pool.waiting) == (1, 1)
        await waiting
        await asyncio.sleep(0)
        assert (pool.running, pool.waiting) == (0, 0)


async def test_hashing_leaves_the_event_loop_free() -> None:
    async with passwords.pool() as pool:
        hashing = asyncio.gather(*(pool.hash("correct horse") for _ in range(6)))
        turns_of_the_loop = 0
        while not hashing.done():
            await asyncio.sleep(0.001)
            turns_of_the_loop += 1
    assert turns_of_the_loop > 20
