"""NATS's key-value bucket of planned faults, in the few requests of its protocol that are needed."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from flowkit.bus import Bus, BusError, Message, Subscription, header_block
from flowkit.contract.faults import CREATE, DIRECT_GET, EVERY, PREFIX, STREAM

_OPERATION: Final = "KV-Operation"
_GONE: Final = ("DEL", "PURGE")
_SUBJECT: Final = "Nats-Subject"
_WITHIN_S: Final = 2.0
_QUIET_S: Final = 0.5
_ALREADY_THERE: Final = 10058
_KEY = re.compile(r"[-/_=.a-zA-Z0-9]+")

type Take = Callable[[str, bytes | None], object]
"""Given a key and its value, or None where it is gone."""


class BucketAway(Exception):
    """The bucket cannot be reached or does not take it."""


class _Refusal(msgspec.Struct):
    err_code: int = 0
    description: str = ""


class _Answer(msgspec.Struct):
    error: _Refusal | None = None


def key_of(subject: str) -> str:
    """A pattern has signs no key may have."""
    key = subject.replace("*", "=any").replace(">", "=rest")
    if not _KEY.fullmatch(key):
        raise ValueError(f"not a subject a fault can be planned for: {subject[:100]!r}")
    return key


@dataclass(frozen=True, slots=True)
class Bucket:
    bus: Bus

    async def watch(self, take: Take) -> Subscription:
        """Every change from now on; what was there before is what `read` is for."""
        return await self.bus.subscribe(EVERY, lambda message: _hand_over(message, take))

    async def read(self, take: Take) -> None:
        """All that is in it; nothing where there is no bucket yet."""
        asked = msgspec.json.encode({"multi_last": [EVERY]})
        try:
            replies = await self.bus.request_many(DIRECT_GET, asked, quiet=_QUIET_S, within=_WITHIN_S)
        except BusError as fault:
            raise BucketAway(str(fault) or type(fault).__name__) from fault
        for reply in replies:
            if (subject := reply.headers.get(_SUBJECT, "")).startswith(PREFIX):
                _hand_over(Message(subject, reply.data, headers=reply.headers), take)

    async def create(self) -> None:
        """In memory, so that a server that starts anew starts without faults."""
        bucket = {
            "name": STREAM,
            "subjects": [EVERY],
            "storage": "memory",
            "max_msgs_per_subject": 1,
            "max_msgs": 1000,
            "max_bytes": 1 << 20,
            "max_msg_size": 4096,
            "max_age": 25 * 3600 * 10**9,
            "discard": "new",
            "allow_direct": True,
            "allow_rollup_hdrs": True,
            "deny_delete": True,
        }
        await self._asked(self.bus.request(CREATE, msgspec.json.encode(bucket), within=_WITHIN_S))

    async def put(self, key: str, value: bytes) -> None:
        await self._asked(self.bus.request(PREFIX + key, value, within=_WITHIN_S))

    async def delete(self, key: str) -> None:
        gone = {_OPERATION: "DEL"}
        await self._asked(self.bus.request(PREFIX + key, b"", within=_WITHIN_S, headers=gone))

    async def _asked(self, asking: Awaitable[Message]) -> None:
        try:
            answer: Any = msgspec.json.decode((await asking).data, type=_Answer)
        except (BusError, msgspec.DecodeError) as fault:
            raise BucketAway(str(fault) or type(fault).__name__) from fault
        if answer.error is not None and answer.error.err_code != _ALREADY_THERE:
            raise BucketAway(answer.error.description)


def _hand_over(message: Message, take: Take) -> None:
    if header_block.STATUS in message.headers:
        return
    gone = message.headers.get(_OPERATION) in _GONE
    take(message.subject.removeprefix(PREFIX), None if gone else message.data)
