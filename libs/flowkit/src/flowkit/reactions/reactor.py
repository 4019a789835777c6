"""All that is made once for an event a service reacts to, and used for every delivery of it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self

import structlog
from msgspec import Struct

from flowkit.call import Call
from flowkit.contract import Consumer, Crowded, Event, FlowError, Unavailable, consumers_of
from flowkit.reactions import given
from flowkit.reactions.database import Database
from flowkit.reactions.given import REASONS
from flowkit.reactions.ruling import DONE, DUPLICATE, Judge, Ruling
from flowkit.service.declare import Reacting, Reaction
from flowkit.streams import Pulled
from flowkit.telemetry.instruments import ReactionMetrics
from flowkit.telemetry.metrics import Metrics
from flowkit.wire.decoding import PayloadDecoder

_log = structlog.get_logger("flowkit.reactions")


@dataclass(frozen=True, slots=True)
class Reactor:
    event: Event[Any]
    reaction: Reaction[Any, Any]
    database: Database
    consumers: tuple[Consumer, ...]
    decoder: PayloadDecoder[Any]
    judge: Judge
    metrics: ReactionMetrics

    @classmethod
    def of(cls, service: str, reacting: Reacting, database: Database, judge: Judge, metrics: Metrics) -> Self:
        event = reacting.event
        return cls(
            event,
            reacting.reaction,
            database,
            tuple(consumers_of(service, event)),
            PayloadDecoder(event.body),
            judge,
            metrics.reaction(event.name, event.subject, REASONS),
        )

    @property
    def name(self) -> str:
        """Under which its marks are kept: the same for every partition."""
        return self.consumers[0].template

    def read(self, pulled: Pulled) -> Struct:
        """Raises Unreadable."""
        return given.read(self.event, self.decoder, pulled)

    async def act(self, body: Struct, event_id: str, call: Call) -> Ruling:
        """What is done and that it is done stand together or not at all."""
        async with self._unless_done(event_id) as tx:
            if tx is None:
                return DUPLICATE
            await self.reaction.run(body, call, tx)
        return DONE

    @asynccontextmanager
    async def _unless_done(self, event_id: str) -> AsyncGenerator[Any]:
        """A transaction with the mark in it; None where it was there."""
        is_under_way = False
        try:
            async with self.database.store.transaction() as tx:
                is_new = await tx.mark_done(self.name, event_id)
                is_under_way = True
                yield tx if is_new else None
        except Exception as fault:
            if is_under_way:
                raise
            # Whatever keeps a transaction from being begun, the event has no part in it.
            if not isinstance(fault, Crowded):
                self.database.doubt()
            if not isinstance(fault, FlowError):
                _log.error("a transaction could not be begun", flow=self.event.subject, exc_info=fault)
            raise Unavailable from fault
