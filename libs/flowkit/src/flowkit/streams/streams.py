"""Streams over a bus: publish and know it is stored, pull, acknowledge, and look at what is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from flowkit.bus import Bus, Message, NoResponders, header_block
from flowkit.contract import EVENTS
from flowkit.streams import api
from flowkit.streams.faults import NoSuchConsumer, NotStored, StreamsRefused
from flowkit.streams.pulled import Pulled
from flowkit.streams.standing import ConsumersPage, ConsumerStanding, StreamStanding
from flowkit.streams.stored import FoundAnswer, Kept, RemovedAnswer, Stored, StoredAnswer

_SECOND: Final = 10**9
# The server ends a pull by its own clock; past this much longer it is the server that is late.
_GRACE_S: Final = 1.0
_NOBODY: Final = 503
_NOTHING_CAME: Final = ("404", "408")


@dataclass(frozen=True, slots=True)
class Streams:
    bus: Bus
    patience_s: float = 5.0
    """With the server, where the caller states none."""

    async def publish(self, subject: str, data: bytes, *, headers: Mapping[str, str], within: float) -> Stored:
        """Return once it is stored; raises NotStored, or the bus's faults: after ReplyLate it may be stored."""
        try:
            reply = await self.bus.request(subject, data, within=within, headers=headers)
        except NoResponders:
            raise NotStored(_NOBODY, f"no stream takes {subject}") from None
        answer = api.decoded(reply, StoredAnswer)
        if answer.error is not None:
            raise NotStored(answer.error.err_code, answer.error.description)
        if not answer.stream:
            raise NotStored(api.UNREADABLE, "what answered is no stream")
        return Stored(answer.stream, answer.seq, answer.duplicate)

    async def pull(self, consumer: str, most: int, within: float) -> list[Pulled]:
        """What there is, at most so many; where there is nothing, what comes first, or nothing after `within`.

        Raises NoSuchConsumer, StreamsRefused, or the bus's faults.
        Where a consumer may have no more than so many unacknowledged, ask for no more: a pull waits for the rest.
        What is on its way when a pull is given up, or its connection lost, is handed out again after the ack wait.
        """
        asked = msgspec.json.encode({"batch": most, "expires": int(within * _SECOND), "no_wait": True})
        subject = f"{api.PREFIX}.CONSUMER.MSG.NEXT.{EVENTS}.{consumer}"
        try:
            replies = await self.bus.request_batch(subject, asked, most=most, within=within + _GRACE_S)
        except NoResponders:
            await self.consumer(consumer)
            raise
        taken = [pulled for pulled in map(Pulled.read, replies) if pulled is not None]
        if not taken and replies:
            _refuse_unless_over(replies[-1])
        return taken

    async def done(self, pulled: Pulled) -> None:
        """Return once the server knows; raises the bus's faults, after which it may be handed out again.

        So it may be where the server is killed a moment later: what is done it writes down only some time after.
        """
        await self.bus.request(pulled.acknowledge, b"+ACK", within=self.patience_s)

    async def again(self, pulled: Pulled, after: float) -> None:
        """To be handed out again, not before `after` seconds."""
        later = msgspec.json.encode({"delay": int(after * _SECOND)})
        await self.bus.publish(pulled.acknowledge, b"-NAK " + later)

    async def working(self, pulled: Pulled) -> None:
        """Its ack wait begins anew."""
        await self.bus.publish(pulled.acknowledge, b"+WPI")

    async def give_up(self, pulled: Pulled, why: str) -> None:
        """Never to be handed out again."""
        await self.bus.request(pulled.acknowledge, b"+TERM " + why.encode(), within=self.patience_s)

    async def read(
        self, stream: str, *, start: int = 1, since: datetime | None = None, most: int = 100, subject: str = ">"
    ) -> list[Kept]:
        """A page of what is stored, from a place on or from a moment, where `subject` takes it; empty at the end."""
        first = {"seq": max(1, start)} if since is None else {"start_time": since}
        asked = msgspec.json.encode(first | {"batch": most, "next_by_subj": subject})
        replies = await self.bus.request_batch(
            f"{api.PREFIX}.DIRECT.GET.{stream}", asked, most=most + 1, within=self.patience_s
        )
        return [kept for kept in map(Kept.read, replies) if kept is not None]

    async def next_of(self, stream: str, subject: str, start: int) -> int | None:
        """The place of the first that `subject` takes, from a place on, as the stream's own leader knows it."""
        asked = {"seq": max(1, start), "next_by_subj": subject}
        try:
            found = await api.ask(self.bus, f"STREAM.MSG.GET.{stream}", asked, FoundAnswer, within=self.patience_s)
        except StreamsRefused as refused:
            if refused.code == api.NO_MESSAGE:
                return None
            raise
        return None if found.message is None else found.message.seq

    async def remove_up_to(self, stream: str, place: int) -> int:
        """How many that were: all up to this place, whoever has read them."""
        asked = {"seq": place + 1}
        what = f"STREAM.PURGE.{stream}"
        return (await api.ask(self.bus, what, asked, RemovedAnswer, within=self.patience_s)).purged

    async def drop(self, stream: str, place: int) -> bool:
        """Whether there was one."""
        try:
            await api.ask(self.bus, f"STREAM.MSG.DELETE.{stream}", {"seq": place}, api.Answer, within=self.patience_s)
        except StreamsRefused as refused:
            if refused.description in api.NOTHING_TO_DELETE:
                return False
            raise
        return True

    async def forget(self, consumer: str) -> None:
        """Who made it makes it anew, and it is given all there is; raises NoSuchConsumer."""
        await api.ask(self.bus, f"CONSUMER.DELETE.{EVENTS}.{consumer}", None, api.Answer, within=self.patience_s)

    async def info(self, stream: str) -> StreamStanding:
        """Raises NoSuchStream."""
        return await api.ask(self.bus, f"STREAM.INFO.{stream}", None, StreamStanding, within=self.patience_s)

    async def consumer(self, name: str, stream: str = EVENTS) -> ConsumerStanding:
        """Raises NoSuchConsumer."""
        what = f"CONSUMER.INFO.{stream}.{name}"
        return await api.ask(self.bus, what, None, ConsumerStanding, within=self.patience_s)

    async def consumers(self, stream: str = EVENTS) -> Mapping[str, ConsumerStanding]:
        """All that are there, by name, whoever made them; raises StreamsRefused where one could not be asked.

        So it does where they became more or less meanwhile: of several pages none may have been passed over.
        """
        seen: list[ConsumerStanding] = []
        total = -1
        while len(seen) != total:
            asked = {"offset": len(seen)}
            page = await api.ask(self.bus, f"CONSUMER.LIST.{stream}", asked, ConsumersPage, within=self.patience_s)
            if page.missing or total not in (-1, page.total) or not (page.consumers or len(seen) == page.total):
                raise StreamsRefused(api.UNREADABLE, "not every reader could be asked")
            seen, total = [*seen, *page.consumers], page.total
        return {each.name: each for each in seen}


def _refuse_unless_over(last: Message) -> None:
    """A pull may end for want of messages, and for many another reason that must not look like that."""
    status, said = header_block.status(last), last.headers.get(header_block.DESCRIPTION, "")
    if status in _NOTHING_CAME:
        return
    if "deleted" in said.lower():
        raise NoSuchConsumer(api.NO_CONSUMER, said)
    raise StreamsRefused(int(status) if status.isdecimal() else api.UNREADABLE, said or "what answered is no stream")
