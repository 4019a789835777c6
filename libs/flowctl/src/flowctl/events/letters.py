"""The dead letters of the cluster: found, given again to who could not act on them, or dropped."""

import re
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Final

from contracts.bus import PARTICIPANTS
from flowkit.contract import DEAD_LETTERS, EVENTS, Consumer, Participant, consumers_of
from flowkit.streams import Streams
from flowkit.wire import headers

from flowctl.events.letter import Letter
from flowctl.events.wanted import Wanted

PAGE: Final = 100
_WITHIN_S: Final = 5.0
_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class CannotBeGiven(Exception):
    """Why a letter stays where it is, and what to do."""


@dataclass(frozen=True, slots=True)
class Letters:
    streams: Streams
    participants: Sequence[Participant] = PARTICIPANTS

    async def every(self, wanted: Wanted) -> AsyncGenerator[Letter]:
        """In the order they were given up, as far as they are there when asked; raises the bus's faults."""
        last, start = (await self.streams.info(DEAD_LETTERS)).last, 1
        while page := await self.streams.read(DEAD_LETTERS, start=start, most=PAGE, subject=wanted.subject):
            for kept in page:
                if kept.place > last:
                    return
                if (letter := Letter.read(kept)) is not None:
                    yield letter
            start = page[-1].place + 1

    async def named(self, which: Sequence[str]) -> list[Letter]:
        """Each by its place, or by the id of its event, which may be several; none of a name is left out."""
        wanted = set(which)
        return [each async for each in self.every(Wanted()) if wanted & {str(each.place), each.id}]

    async def may_have_been(self, name: str) -> bool:
        """Whether that is the name of one that could be gone; of ids nobody knows which there were."""
        if name.isdecimal():
            return 1 <= int(name) <= (await self.streams.info(DEAD_LETTERS)).last
        return _ID.fullmatch(name) is not None

    async def give_again(self, letter: Letter) -> None:
        """Stored before the letter goes: after a crash in between it is given once more, and known by its mark.

        Raises CannotBeGiven, or the bus's faults.
        """
        again = f"{self._reader(letter).again}.{letter.partition}"
        told = {**letter.original, headers.MESSAGE_ID: letter.message_id}
        await self.streams.publish(again, await self._body(letter), headers=told, within=_WITHIN_S)
        await self.drop(letter)

    async def drop(self, letter: Letter) -> bool:
        """Whether it was there."""
        return await self.streams.drop(DEAD_LETTERS, letter.place)

    def _reader(self, letter: Letter) -> Consumer:
        """That of the version it was told as: any other refuses it again. What nobody reads would be kept for a week
        and then be lost."""
        for each in self.participants:
            for consumer in (one for event in each.reacts_to for one in consumers_of(each.name, event)):
                if consumer.dead == letter.meant_for:
                    return consumer
        raise CannotBeGiven(f"{_unread(letter)}. Deploy what does, or drop it: flow dlq drop {letter.place}")

    async def _body(self, letter: Letter) -> bytes:
        """One that was too large to be put aside with the rest is read where it was told."""
        if letter.kept.data:
            return letter.kept.data
        found = await self.streams.read(EVENTS, start=max(1, letter.event_place), most=1)
        if not found or found[0].place != letter.event_place or found[0].headers.get(headers.EVENT_ID) != letter.id:
            raise CannotBeGiven(
                "it is kept without its body, and the event itself is no longer kept: ask whoever announced it, "
                f"then drop it: flow dlq drop {letter.place}"
            )
        return found[0].data


def _unread(letter: Letter) -> str:
    if letter.told_version == letter.version:
        return f"{letter.service} does not react to {letter.event} {letter.version} any more: it would never be read"
    if letter.told_version is None:
        return f"it is told as no version of {letter.event}, so {letter.service} would refuse it again"
    return f"it is told as {letter.told_version} of {letter.event}, which {letter.service} does not react to"
