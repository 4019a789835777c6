"""A service that keeps a diary of what it is told of, its store in memory, and whoever tells."""

import asyncio
import copy
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import msgspec
from flowkit.bus import Bus
from flowkit.call import Call
from flowkit.contract import DEAD_LETTERS, EVENTS, Event, Fact, Id, Participant, Unavailable
from flowkit.reactions import ReactionOptions, Reactions
from flowkit.service import on
from flowkit.streams import Kept, Streams
from flowkit.streams.declared import Declared, StreamOptions
from flowkit.streams.keeping import Keeping
from flowkit.telemetry.metrics import Metrics
from flowkit.telemetry.spans import Tracing
from flowkit.testing.events import FakeEvents
from flowkit.testing.streams import left_for, remove
from flowkit.wire import headers
from opentelemetry.trace import NoOpTracer

TRACING = Tracing(NoOpTracer())
QUICK = ReactionOptions(
    first_pause_s=0.01, longest_pause_s=0.05, pull_s=0.5, ask_again_s=0.05, working_every_s=0.2, look_every_s=0.1
)
LONG = 30.0


class Visited(Fact):
    guest: Id
    said: str


visited = Event("test.visited", Visited, key=lambda told: told.guest)
counted = Event("test.counted", Visited, key=lambda told: told.guest, ordered=True)

PARTICIPANTS = (
    Participant("host", announces=(visited, counted)),
    Participant("diary", reacts_to=(visited, counted)),
)
ADA, BOB = str(uuid4()), str(uuid4())

type Story = Callable[[Visited, Call, "Diary"], Awaitable[None]]


@dataclass
class Diary(FakeEvents):
    """What is written in a transaction stands once it is committed."""

    lines: list[str] = field(default_factory=list[str])
    is_away: bool = False
    away_as: type[Exception] = Unavailable
    loses_answers: int = 0
    opened: int = 0
    refused: int = 0

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator["Diary"]:
        if self.is_away:
            self.refused += 1
            raise self.away_as
        self.opened += 1
        mine = replace(self, lines=[], published=[], done=copy.copy(self.done))
        yield mine
        self.lines += mine.lines
        self.published += mine.published
        self.done |= mine.done
        if self.loses_answers > 0:
            self.loses_answers -= 1
            raise Unavailable

    async def write(self, line: str) -> None:
        self.lines.append(line)


async def write(event: Visited, call: Call, tx: Diary) -> None:
    call.step("Writing it down")
    await tx.write(event.said)


@dataclass(frozen=True, slots=True)
class Told:
    """A reaction made of a function."""

    story: Story

    async def run(self, event: Visited, call: Call, tx: Diary) -> None:
        await self.story(event, call, tx)


def said(text: str, guest: str = ADA) -> Visited:
    return Visited(guest=guest, said=text)


@dataclass(frozen=True, slots=True)
class Scene:
    streams: Streams
    diary: Diary
    reactions: Reactions
    metrics: Metrics

    async def tell(
        self,
        body: Visited | bytes,
        event: Event[Visited] = visited,
        *,
        event_id: str = "",
        ago: timedelta = timedelta(0),
        again: bool = False,
        changed: Mapping[str, str] | None = None,
    ) -> str:
        """As a relay does; the event's id. `again` as one who gives it again by hand does."""
        event_id = event_id or str(uuid4())
        whole = isinstance(body, Visited)
        carried = {
            headers.EVENT: event.name,
            headers.EVENT_VERSION: str(event.version),
            headers.EVENT_ID: event_id,
            headers.MESSAGE_ID: str(uuid4()),
            headers.CALLER: "host",
            headers.OCCURRED_AT: (datetime.now(UTC) - ago).isoformat(),
        } | dict(changed or {})
        subject = event.subject_of(body) if whole else f"{event.subject}.0"
        if again:
            subject = subject.replace("event.", "again.diary.")
        data = msgspec.json.encode(body) if isinstance(body, Visited) else body
        await self.streams.publish(subject, data, headers=carried, within=5)
        return event_id

    def figure(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(name, labels) or 0.0

    @property
    def again(self) -> float:
        return self.figure("events_handled_total", event=visited.name, outcome="again")

    async def until(self, so: Callable[[], object]) -> None:
        async with asyncio.timeout(LONG):
            while not so():
                await asyncio.sleep(0.005)

    async def written(self, *lines: str) -> None:
        """Exactly these, in any order, once all that was told is finished."""
        await self.until(lambda: len(self.diary.lines) >= len(lines))
        await self.finished()
        assert sorted(self.diary.lines) == sorted(lines)

    async def finished(self, service: str = "diary") -> None:
        """All that is stored was acknowledged."""
        names = [each["durable_name"] for each in Declared.of(PARTICIPANTS, StreamOptions()).consumers]
        async with asyncio.timeout(LONG):
            while sum([await left_for(self.streams, name) for name in names if name.startswith(service)]):
                await asyncio.sleep(0.01)

    async def dead(self, count: int = 1) -> Sequence[Kept]:
        """The dead letters, once there are so many."""
        async with asyncio.timeout(LONG):
            while len(await self.streams.read(DEAD_LETTERS)) < count:
                await asyncio.sleep(0.01)
        await self.finished()
        return await self.streams.read(DEAD_LETTERS)


async def streams_kept(
    bus: Bus,
    options: StreamOptions | None = None,
    *,
    but: str = "",
    participants: Sequence[Participant] = PARTICIPANTS,
) -> None:
    """All of them `but` one."""
    whole = Declared.of(participants, options or StreamOptions())
    declared = replace(whole, streams=tuple(each for each in whole.streams if each["name"] != but))
    assert not await Keeping(bus, declared).keep()


async def streams_gone(bus: Bus) -> None:
    await remove(bus, EVENTS, DEAD_LETTERS)


@asynccontextmanager
async def scene(
    bus: Bus,
    story: Story = write,
    options: ReactionOptions = QUICK,
    *,
    diary: Diary | None = None,
    tracing: Tracing = TRACING,
    give_way: Callable[[], None] = lambda: None,
) -> AsyncGenerator[Scene]:
    diary, metrics = diary or Diary(), Metrics("diary")
    declared = [on(visited, Told(story), diary), on(counted, Told(story), diary)]
    reactions = Reactions("diary", declared, Streams(bus), tracing, metrics, options, give_way)
    reactions.start()
    try:
        yield Scene(Streams(bus), diary, reactions, metrics)
    finally:
        await reactions.leave()
        await reactions.finish()
