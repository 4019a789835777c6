"""Reacts for a service: pulls what has happened, bounds its work, stops without losing or holding up any."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from contextvars import Context
from dataclasses import dataclass, field
from typing import Any

import structlog

from flowkit.bus import BusError
from flowkit.chores import lasting
from flowkit.contract import Consumer
from flowkit.pruning import Prune, prune_for_ever
from flowkit.reactions import given
from flowkit.reactions.database import Database
from flowkit.reactions.dead_letters import DeadLetters
from flowkit.reactions.delivery import Bench, Delivery
from flowkit.reactions.figures import Figures
from flowkit.reactions.held import Held
from flowkit.reactions.lost import let_go_of, put_aside_at_last
from flowkit.reactions.options import ReactionOptions
from flowkit.reactions.reactor import Reactor
from flowkit.reactions.reader import Reader
from flowkit.reactions.ruling import Judge
from flowkit.reactions.waiting import Awaited
from flowkit.service.declare import Reacting
from flowkit.streams import Pulled, Streams
from flowkit.telemetry.metrics import Metrics
from flowkit.telemetry.spans import Tracing

_log = structlog.get_logger("flowkit.reactions")


@dataclass(slots=True)
class Reactions:
    service: str
    declared: Sequence[Reacting]
    streams: Streams
    tracing: Tracing
    metrics: Metrics
    options: ReactionOptions = field(default_factory=ReactionOptions)
    give_way: Callable[[], None] = lambda: None
    """What to do once there is a reaction that cannot be ended but with the process."""
    _bench: Bench = field(init=False)
    _turns: asyncio.Semaphore = field(init=False)
    _databases: list[Database] = field(init=False)
    _reactors: list[Reactor] = field(init=False)
    _readers: dict[asyncio.Task[None], Reader] = field(default_factory=dict[asyncio.Task[None], Reader])
    _in_hand: dict[asyncio.Task[None], Held] = field(default_factory=dict[asyncio.Task[None], Held])
    _waiting: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])
    _chores: list[asyncio.Task[None]] = field(default_factory=list[asyncio.Task[None]])
    _is_stopping: bool = False
    _has_given_way: bool = False

    def __post_init__(self) -> None:
        self._bench = Bench(self.streams, DeadLetters(self.streams), self.tracing, self.options)
        self._turns = asyncio.Semaphore(self.options.concurrency)
        databases = {id(each.store): Database(each.store, self.options.ask_again_s) for each in self.declared}
        self._databases = list(databases.values())
        judge = Judge(self.options)
        self._reactors = [
            Reactor.of(self.service, each, databases[id(each.store)], judge, self.metrics) for each in self.declared
        ]

    @property
    def in_hand(self) -> int:
        return len(self._in_hand)

    def start(self) -> None:
        """Returns at once: who is to make the consumers, and the database, may come later."""
        if not self._reactors:
            return
        awaited = Awaited()
        for reactor in self._reactors:
            for consumer in reactor.consumers:
                self._read(reactor, consumer, awaited)
        figures = Figures(self.streams, self._reactors)
        self._chores = [
            _spawned(lasting("keeping events in hand", lambda: self._keep_in_hand(figures))),
            _spawned(lasting("looking at what is left", lambda: figures.watch(self.options.look_every_s))),
            *(_spawned(prune_for_ever("marks of events", self._old_marks(each))) for each in self._databases),
        ]
        _log.info("reacting", events=[reactor.event.subject for reactor in self._reactors])

    def _read(self, reactor: Reactor, consumer: Consumer, awaited: Awaited) -> None:
        def take(pulled: Pulled) -> asyncio.Task[None]:
            return self._take(reactor, consumer, pulled)

        reader = Reader(consumer, self.streams, reactor.database, self.options, awaited, take)
        self._readers[_spawned(reader.run())] = reader

    def _take(self, reactor: Reactor, consumer: Consumer, pulled: Pulled) -> asyncio.Task[None]:
        held = Held(reactor, consumer, pulled)
        task = _spawned(self._in_turn(held))
        self._in_hand[task] = held
        task.add_done_callback(self._in_hand.pop)
        return task

    async def _in_turn(self, held: Held) -> None:
        if self._is_stopping or not await self._turn_came():
            # What this instance does not get to, another need not wait for.
            with suppress(BusError):
                await self.streams.again(held.pulled, 0.0)
            return
        try:
            await self._deliver(held)
        except Exception as fault:  # noqa: BLE001 - our own fault: it is given again, and told of
            await let_go_of(self._bench, held, fault)

    async def _deliver(self, held: Held) -> None:
        """A turn is for what needs the database; the server's answer is awaited beside the next."""
        held.is_acted_on = True
        try:
            delivery = Delivery.begin(self._bench, held.reactor, held.consumer, held.pulled)
            ruling = await delivery.act()
        finally:
            held.is_acted_on = False
            self._turns.release()
        await delivery.settle(ruling)

    async def _turn_came(self) -> bool:
        """False where it is to be waited for no longer."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  a coroutine of ours runs in a task
        self._waiting.add(task)
        try:
            await self._turns.acquire()
        except asyncio.CancelledError:
            return False
        finally:
            self._waiting.discard(task)
        return True

    async def _keep_in_hand(self, figures: Figures) -> None:
        """What takes long, or waits for its turn, is not given to another meanwhile."""
        while True:
            pause = min(self.options.working_every_s, figures.ack_wait_s / 3)
            await asyncio.sleep(pause)
            for held in list(self._in_hand.values()):
                if held.look(pause) > self.options.hopeless_s:
                    await self._let_go_of(held)
                    continue
                with suppress(BusError):
                    await self.streams.working(held.pulled)

    async def _let_go_of(self, held: Held) -> None:
        """It was told to end, and has not. It has a turn and a connection that it will not give back: nothing is left
        but to end the process, and no reason to have others wait for the event until then."""
        if self._has_given_way:
            return
        self._has_given_way = True
        event_id, flow = given.event_id(held.pulled), held.pulled.subject
        _log.error("ending, since a reaction does not end", event_id=event_id, flow=flow)
        try:
            await put_aside_at_last(self._bench, held)
        finally:
            self.give_way()

    def _old_marks(self, database: Database) -> Prune:
        async def prune(most: int) -> int:
            async with database.store.transaction() as tx:
                return await tx.forget_done(self.options.marks_kept, most)

        return prune

    async def leave(self) -> None:
        """Pull no more; what was pulled and has not begun is given back."""
        self._is_stopping = True
        for reading, reader in self._readers.items():
            reader.leave(reading)
        for task in self._waiting:
            task.cancel()
        if self._readers:
            await asyncio.wait(self._readers)

    async def finish(self) -> None:
        """Wait for what runs; when this is cut short, what is left is cancelled, undone and given back."""
        try:
            while self._in_hand:
                await asyncio.wait(self._in_hand)
        except asyncio.CancelledError:
            left = list(self._in_hand)
            _log.warning("stopping before every reaction has ended", left=len(left))
            for task in left:
                task.cancel()
            await asyncio.wait(left, timeout=1.0)
            raise
        finally:
            for task in (*self._readers, *self._chores):
                task.cancel()


def _spawned(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """In an empty context: no other event's trace."""
    return asyncio.get_running_loop().create_task(work, context=Context())
