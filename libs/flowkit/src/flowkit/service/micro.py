"""NATS's service protocol, ADR-32: who is here, what do they answer, how much have they done."""

import json
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import uuid4

import msgspec

from flowkit.bus import Bus, BusError, Message, Subscription
from flowkit.contract.participant import SERVICE_PROTOCOL
from flowkit.service.declare import Service
from flowkit.service.endpoint import Endpoint
from flowkit.service.replies import Replies
from flowkit.wire import moments

type Circuits = Callable[[], Mapping[str, str]]
"""How the circuits of those this service calls stand, by subject."""

CIRCUIT = "circuit:"
FAULTS_ALLOWED = "fault-injection"
_TYPE = "io.nats.micro.v1"


@dataclass(slots=True)
class Micro:
    service: Service
    bus: Bus
    endpoints: list[Endpoint]
    spawn: Callable[[Coroutine[Any, Any, None]], None]
    circuits: Circuits
    lets_faults_in: bool
    replies: Replies = field(default_factory=Replies)
    id: str = field(default_factory=lambda: uuid4().hex)
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    _subscriptions: list[Subscription] = field(default_factory=list[Subscription])

    async def start(self) -> None:
        for verb, answer in (("PING", self._ping), ("INFO", self._info), ("STATS", self._stats)):
            for subject in (
                f"$SRV.{verb}",
                f"$SRV.{verb}.{self.service.name}",
                f"$SRV.{verb}.{self.service.name}.{self.id}",
            ):
                self._subscriptions.append(await self.bus.subscribe(subject, partial(self._receive, answer)))

    async def stop(self) -> None:
        for subscription in self._subscriptions:
            await subscription.unsubscribe()

    def _receive(self, answer: Callable[[], dict[str, Any]], message: Message) -> None:
        if self.replies.may_go(SERVICE_PROTOCOL, message.reply):
            self.spawn(self._reply(message, answer()))

    async def _reply(self, message: Message, body: dict[str, Any]) -> None:
        try:
            if message.reply:
                await self.bus.publish(message.reply, msgspec.json.encode(body))
        except BusError:
            pass  # whoever asked is gone, or we are; there is nobody to tell

    def _head(self, kind: str) -> dict[str, Any]:
        return {
            "type": f"{_TYPE}.{kind}_response",
            "name": self.service.name,
            "id": self.id,
            "version": self.service.version,
            "metadata": {FAULTS_ALLOWED: "allowed"} if self.lets_faults_in else {},
        }

    def _ping(self) -> dict[str, Any]:
        return self._head("ping")

    def _info(self) -> dict[str, Any]:
        described = [self._describe(endpoint) for endpoint in self.endpoints]
        return self._head("info") | {"description": f"The {self.service.name} service", "endpoints": described}

    def _stats(self) -> dict[str, Any]:
        counted = [self._count(endpoint) for endpoint in self.endpoints]
        turned = {CIRCUIT + subject: state for subject, state in self.circuits().items() if state != "closed"}
        started = moments.written(self.started)
        head = self._head("stats")
        return head | {"metadata": head["metadata"] | turned, "started": started, "endpoints": counted}

    def _place(self, endpoint: Endpoint) -> dict[str, Any]:
        return {"name": endpoint.name, "subject": endpoint.contract.subject, "queue_group": self.service.name}

    def _describe(self, endpoint: Endpoint) -> dict[str, Any]:
        return self._place(endpoint) | {
            "metadata": {
                "access": endpoint.contract.access.rule,
                "request_schema": _schema(endpoint.contract.request),
                "reply_schema": _schema(endpoint.contract.reply),
            }
        }

    def _count(self, endpoint: Endpoint) -> dict[str, Any]:
        stats = endpoint.stats
        return self._place(endpoint) | {
            "num_requests": stats.requests,
            "num_errors": stats.errors,
            "last_error": stats.last_error,
            "processing_time": stats.processing_ns,
            "average_processing_time": stats.processing_ns // stats.requests if stats.requests else 0,
        }


def _schema(payload: type[msgspec.Struct]) -> str:
    return json.dumps(msgspec.json.schema(payload), separators=(",", ":"))
