"""JetStream's API: a request in JSON, an answer in JSON, and its numbers for what is wrong."""

from typing import Any, Final

import msgspec
from msgspec import Struct

from flowkit.bus import Bus, Message
from flowkit.streams.faults import NoSuchConsumer, NoSuchStream, StreamsRefused

PREFIX: Final = "$JS.API"
NO_CONSUMER: Final = 10014
NO_STREAM: Final = 10059
NO_MESSAGE: Final = 10037
# To delete has one number for this and for what is not permitted, so its words must do.
NOTHING_TO_DELETE: Final = ("no message found", "stream store EOF")
UNREADABLE: Final = 0

_KINDS: Final = {NO_CONSUMER: NoSuchConsumer, NO_STREAM: NoSuchStream}
_encoder = msgspec.json.Encoder()


class Refusal(Struct, frozen=True):
    code: int = 0
    err_code: int = 0
    description: str = ""


class Answer(Struct, frozen=True):
    error: Refusal | None = None


async def ask[Told: Answer](bus: Bus, what: str, asked: Any, told: type[Told], *, within: float) -> Told:
    """`what` is what comes after $JS.API; raises the bus's faults, or StreamsRefused."""
    body = b"" if asked is None else _encoder.encode(asked)
    answer = decoded(await bus.request(f"{PREFIX}.{what}", body, within=within), told)
    if answer.error is not None:
        kind = _KINDS.get(answer.error.err_code, StreamsRefused)
        raise kind(answer.error.err_code, answer.error.description)
    return answer


def decoded[Told: Answer](reply: Message, told: type[Told]) -> Told:
    try:
        return msgspec.json.decode(reply.data, type=told)
    except msgspec.DecodeError:
        raise StreamsRefused(UNREADABLE, "what answered is no stream") from None
