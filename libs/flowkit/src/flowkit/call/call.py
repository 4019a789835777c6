"""Call: who asks, how long it may take, and the steps taken so far."""

import re
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Protocol

from flowkit.contract.errors import ErrorCode, Unauthorized
from flowkit.contract.identity import Identity
from flowkit.idempotency import Receipt
from flowkit.telemetry import names
from flowkit.telemetry.steps import Step, Steps
from flowkit.wire.deadline import Deadline

_KIND = re.compile(r"[a-z][a-z_]{0,31}")
_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_NO_ID = "not an id"
_MOST_KINDS = 8
# A log line tells them all.
_MOST_ANNOUNCED = 50


class Turn(Protocol):
    """A place among the flows that run. It is given up while a flow waits for another service."""

    def step_aside(self) -> None: ...

    async def step_back(self) -> None: ...


@dataclass(frozen=True, slots=True)
class CallMade:
    """A request this call sent on: the callee's own log line has `span_id` as its parent."""

    flow: str
    span_id: str
    at_ms: float
    ms: float
    error_code: ErrorCode | None


@dataclass(frozen=True, slots=True)
class Announced:
    """An event this call wrote down: whoever acts on it has `event_id` in its own log line."""

    event: str
    event_id: str
    at_ms: float


@dataclass(slots=True)
class Call:
    deadline: Deadline
    identity: Identity | None = None
    identity_token: str = field(default="", repr=False)
    caller: str = "unknown"
    # The service that asks, where the contract is internal and it has proven who it is.
    service: str = ""
    client_address: str = ""
    # Under which its one request is sent on; a flow that is carried out under one holds a receipt instead.
    idempotency_key: str = field(default="", repr=False)
    receipt: Receipt | None = None
    trace_id: str = ""
    request_id: str = ""
    reasoning: Steps = field(default_factory=Steps)
    calls: list[CallMade] = field(default_factory=list[CallMade])
    announced: list[Announced] = field(default_factory=list[Announced])
    concerns: dict[str, str] = field(default_factory=dict[str, str])
    turn: Turn | None = None

    def step(self, sentence: str) -> Step:
        """Say what is about to be done; `with call.step(...)` also times it."""
        return self.reasoning.add(sentence)

    def about(self, kind: str, id_: str) -> None:
        """Say whom or what this concerns, by its id: `call.about("customer", id_)`. Traces are found by it."""
        if not _KIND.fullmatch(kind):
            raise ValueError(f"what a call is about is named by a word, such as customer; got {kind!r}")
        if kind in self.concerns or len(self.concerns) < _MOST_KINDS:
            # An email or a sentence would be told to everyone who reads a trace.
            self.concerns[kind] = told = id_ if _ID.fullmatch(id_) else _NO_ID
            self.reasoning.note({names.ABOUT + kind: told})

    def announces(self, event: str, event_id: str) -> None:
        """Told in the log line, so that what comes of the event is found under what announced it."""
        if len(self.announced) < _MOST_ANNOUNCED:
            at_ms = round((time.monotonic() - self.reasoning.began) * 1000, 2)
            self.announced.append(Announced(event, event_id, at_ms))

    @property
    def user_id(self) -> str | None:
        return None if self.identity is None else self.identity.id

    @property
    def steps(self) -> list[str]:
        return self.reasoning.sentences

    @property
    def user(self) -> Identity:
        """The caller's identity, where the contract's access rule promises one."""
        if self.identity is None:
            raise Unauthorized
        return self.identity

    @asynccontextmanager
    async def aside(self) -> AsyncGenerator[None]:
        """Within this block the flow has given up its turn: for a wait that asks nothing of this service."""
        if self.turn is None:
            yield
            return
        self.turn.step_aside()
        try:
            yield
        finally:
            await self.turn.step_back()

    @contextmanager
    def as_current(self) -> Generator[None]:
        """Within this block, requests sent on carry this call's deadline, identity and trace."""
        token = _current.set(self)
        try:
            yield
        finally:
            _current.reset(token)


_current: ContextVar[Call | None] = ContextVar("flowkit.call", default=None)


def current_call() -> Call | None:
    return _current.get()
