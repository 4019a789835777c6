"""Passwords hashed with argon2id off the event loop, older bcrypt hashes still believed."""

import asyncio
import base64
import os
import re
import secrets
import sys
import time
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from typing import Protocol

import bcrypt
import structlog
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from flowkit.contract import Overloaded

BCRYPT_MOST_BYTES = 72
"""What every bcrypt of old looked at; bcrypt 5 raises where they cut."""
# A cost above 15 takes seconds of a thread: nobody of ours made such a hash.
_BCRYPT = re.compile(r"\$2[abxy]\$(0[4-9]|1[0-5])\$[./A-Za-z0-9]{53}")

# As much less of a processor as others have work for it, by Linux's weights a tenth of what they get.
_BEHIND_OTHERS = 10
# What a hash takes is learned from each, by this share.
_SLOWLY = 0.1

_log = structlog.get_logger("flowkit.security")


@dataclass(frozen=True, slots=True)
class Verdict:
    """`began` is when the check did, not the wait for it: what a refusal's time counts from."""

    matches: bool
    replacement_needed: bool = False
    began: float = field(default_factory=time.monotonic, compare=False)

    def denied(self) -> "Verdict":
        """The same work, and no match."""
        return replace(self, matches=False, replacement_needed=False)


class Passwords(Protocol):
    async def hash(self, password: str) -> str: ...

    async def verify(self, password: str, stored: str) -> Verdict: ...

    async def verify_unknown(self, password: str) -> Verdict:
        """No match, after as much work as any: for somebody we do not know."""
        ...


@dataclass(frozen=True, slots=True)
class PasswordOptions:
    """In line somebody waits for `patience` seconds at most: where hashing is slow, better a refusal, after which
    nothing was done, than a caller who gives up and cannot tell."""

    memory_mib: int = 46
    time_cost: int = 1
    parallelism: int = 1
    threads: int = 2
    line: int = 32
    patience: float = 1.5


class PasswordPool:
    def __init__(self, options: PasswordOptions, threads: ThreadPoolExecutor) -> None:
        self._options = options
        self._hasher = PasswordHasher(options.time_cost, options.memory_mib * 1024, options.parallelism)
        self._decoy = _decoy(options)
        self._threads = threads
        self._turns = asyncio.Semaphore(options.threads)
        self._waiting = 0
        self._running = 0
        self._hashed = 0
        self._typical = 0.0

    @property
    def hashed(self) -> int:
        """How many hashes were computed, to keep or to compare."""
        return self._hashed

    @property
    def waiting(self) -> int:
        """How many are in line."""
        return self._waiting

    @property
    def running(self) -> int:
        """How many threads are at work."""
        return self._running

    async def hash(self, password: str) -> str:
        return await self._in_turn(lambda: self._hasher.hash(_bytes(password)))

    async def verify(self, password: str, stored: str) -> Verdict:
        return await self._in_turn(lambda: self._timed(password, stored))

    async def verify_unknown(self, password: str) -> Verdict:
        return await self.verify(password, self._decoy)

    def _timed(self, password: str, stored: str) -> Verdict:
        began = time.monotonic()
        return replace(self._compare(password, stored), began=began)

    def _compare(self, password: str, stored: str) -> Verdict:
        if _BCRYPT.fullmatch(stored):
            matches = bcrypt.checkpw(_bytes(password)[:BCRYPT_MOST_BYTES], stored.encode())
            return Verdict(matches, replacement_needed=matches)
        try:
            self._hasher.verify(stored, _bytes(password))
        except VerifyMismatchError:
            return Verdict(matches=False)
        except (VerificationError, InvalidHashError, ValueError) as fault:
            _log.error("a stored password hash could not be read", scheme=stored[:9], fault=str(fault))
            return Verdict(matches=False)
        return Verdict(matches=True, replacement_needed=self._hasher.check_needs_rehash(stored))

    async def _in_turn[Result](self, work: Callable[[], Result]) -> Result:
        await self._wait()
        self._running += 1
        self._hashed += 1
        loop, working = asyncio.get_running_loop(), self._threads.submit(copy_context().run, work)
        began = time.monotonic()
        working.add_done_callback(lambda _: loop.call_soon_threadsafe(self._end_turn, time.monotonic() - began))
        # A thread cannot be stopped: whoever hangs up leaves it its turn until it has finished.
        return await asyncio.shield(asyncio.wrap_future(working))

    async def _wait(self) -> None:
        if self._waiting >= self._options.line or self._expected_wait > self._options.patience:
            _log.warning("hashing line full", line=self._options.line)
            raise Overloaded
        self._waiting += 1
        try:
            async with asyncio.timeout(self._options.patience):
                await self._turns.acquire()
        except TimeoutError:
            _log.warning("hashing line too slow", patience=self._options.patience)
            raise Overloaded from None
        finally:
            self._waiting -= 1

    @property
    def _expected_wait(self) -> float:
        # Who would wait in vain is told so at once.
        return self._waiting * self._typical / self._options.threads

    def _end_turn(self, took: float) -> None:
        self._typical += (took - self._typical) * _SLOWLY
        self._running -= 1
        self._turns.release()


@asynccontextmanager
async def pool(options: PasswordOptions | None = None) -> AsyncGenerator[PasswordPool]:
    options = options or PasswordOptions()
    threads = ThreadPoolExecutor(options.threads, "passwords", initializer=_step_behind)
    try:
        yield PasswordPool(options, threads)
    finally:
        await asyncio.to_thread(threads.shutdown)


def _step_behind() -> None:
    """Reads go first. Linux alone knows this of a thread; elsewhere it would be the whole process."""
    if sys.platform == "linux":
        os.nice(_BEHIND_OTHERS)


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")


def _decoy(options: PasswordOptions) -> str:
    """A hash of nothing: no password is known to give it, and checking one against it costs what checking costs."""
    cost = f"m={options.memory_mib * 1024},t={options.time_cost},p={options.parallelism}"
    return f"$argon2id$v=19${cost}${_random(16)}${_random(32)}"


def _random(size: int) -> str:
    return base64.b64encode(secrets.token_bytes(size)).decode().rstrip("=")
