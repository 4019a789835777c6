"""Lets tries to sign in be hashed, or not yet: counted before the hash, over every replica, by account and address."""

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, Protocol

import structlog

from flowkit.contract import FlowError, Overloaded
from flowkit.security.login_history import WINDOW_S, Lane, LoginHistory, Try, Wait
from flowkit.security.visitors import Visitor

type Reason = Literal["throttled_account", "throttled_address"]
type Outcome = Callable[[LoginHistory, Try], LoginHistory]

# All that come without an address share one: through an older gateway, or over the bus.
_UNPLACED = 10
_PATIENCE_S = 1.5
_ASK_AGAIN_S = 0.05
_log = structlog.get_logger("flowkit.security")


class Throttled(Exception):
    """No hash for this try; the same try may come again in `seconds`."""

    def __init__(self, reason: Reason, seconds: float) -> None:
        self.reason: Reason = reason
        self.until = time.monotonic() + seconds
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Source:
    """An address over all accounts: each failure from it weighs one, and so much of that weight goes a second."""

    key: bytes
    wears_off: float


@dataclass(frozen=True, slots=True)
class Page:
    """What is stored of an account and a source, read at `now` by the one clock all replicas share."""

    now: float
    version: int = 0
    history: str | None = None
    spent: float = 0.0


@dataclass(frozen=True, slots=True)
class Entry:
    """An account's history that follows version `seen`, for how long to keep it, and what it costs its source."""

    account: bytes
    seen: int
    history: str
    kept_s: float
    source: Source
    cost: int


class Histories(Protocol):
    async def read(self, account: bytes, source: Source) -> Page: ...

    async def write(self, entry: Entry) -> float | None:
        """All of it, and what the source has spent with it; or nothing, and None, where somebody else wrote after
        `seen`."""
        ...


@dataclass(frozen=True, slots=True)
class Ticket:
    """Leave for one hash, and the account's history as it was stored with it."""

    who: Visitor
    granted: Try
    version: int
    history: LoginHistory


@dataclass(frozen=True, slots=True)
class Throttle:
    """`per_address` is how many failures one address may have at once over all accounts."""

    histories: Histories
    per_address: int = 50

    async def reserve(self, who: Visitor) -> Ticket:
        """Raises Throttled. Where only tries that are being judged stand in the way, it waits a little for them."""
        give_up = time.monotonic() + _PATIENCE_S
        while True:
            page = await self.histories.read(who.account, self.source(who))
            history = LoginHistory.read(page.history)
            self._check_source(who, history, page)
            place, late = history.place(who, page.now), time.monotonic() >= give_up
            if not isinstance(place, Wait):
                if ticket := await self._grant(who, place, page, history):
                    return ticket
            elif late or not place.may_end_sooner:
                raise Throttled("throttled_account", place.seconds)
            else:
                await asyncio.sleep(_ASK_AGAIN_S)
            if late:
                raise Overloaded

    async def fail(self, ticket: Ticket) -> None:
        """The password was wrong."""
        await self._settle(ticket, LoginHistory.failed, cost=0)

    async def succeed(self, ticket: Ticket) -> None:
        """The password was right: the try costs nothing, and where it came from is known from now on."""
        await self._settle(ticket, lambda history, granted: history.proven(granted, ticket.who), cost=-1)

    async def give_back(self, ticket: Ticket) -> None:
        """Nothing was hashed."""
        await self._settle(ticket, LoginHistory.taken_back, cost=-1)

    def _most(self, who: Visitor) -> int:
        return self.per_address * (1 if who.is_placed else _UNPLACED)

    def source(self, who: Visitor) -> Source:
        return Source(who.source, self._most(who) / WINDOW_S)

    def _check_source(self, who: Visitor, history: LoginHistory, page: Page) -> None:
        # Somebody who guesses next door must not keep those out who have signed in from there before.
        if history.knows(who, page.now):
            return
        if page.spent + 1 > self._most(who):
            raise self._spent(who, page.spent + 1)

    async def _grant(self, who: Visitor, lane: Lane, page: Page, history: LoginHistory) -> Ticket | None:
        """None where another try was quicker, so that all there is to consider is to be read anew."""
        granted = Try(secrets.token_hex(4), page.now, who.address, lane)
        after = history.granted(granted)
        spent = await self._write(who, page.version, after, cost=1)
        if spent is None:
            return None
        ticket = Ticket(who, granted, page.version + 1, after)
        if spent > self._most(who) and not history.knows(who, page.now):
            # Others from there were looked at in the same moment, and charged before this one.
            await self.give_back(ticket)
            raise self._spent(who, spent)
        return ticket

    def _spent(self, who: Visitor, spent: float) -> Throttled:
        return Throttled("throttled_address", (spent - self._most(who)) / self.source(who).wears_off)

    async def _settle(self, ticket: Ticket, outcome: Outcome, cost: int) -> None:
        """What cannot be written now stays as it was granted, and so counts as a failure."""
        try:
            async with asyncio.timeout(_PATIENCE_S):
                while (
                    await self._write(ticket.who, ticket.version, outcome(ticket.history, ticket.granted), cost) is None
                ):
                    page = await self.histories.read(ticket.who.account, self.source(ticket.who))
                    ticket = replace(ticket, version=page.version, history=LoginHistory.read(page.history))
        except (FlowError, TimeoutError) as fault:
            _log.warning("the outcome of a login could not be kept", fault=type(fault).__name__)

    async def _write(self, who: Visitor, seen: int, history: LoginHistory, cost: int) -> float | None:
        kept_s = history.worth_keeping_s
        return await self.histories.write(Entry(who.account, seen, history.write(), kept_s, self.source(who), cost))
