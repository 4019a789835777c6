"""Streams and consumers are made where there are none and changed where they differ, or it is said why not."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

import structlog

from flowkit.bus import Bus
from flowkit.contract import EVENTS
from flowkit.streams import api
from flowkit.streams.conflict import Conflict
from flowkit.streams.declared import Config, Declared
from flowkit.streams.faults import NoSuchConsumer, NoSuchStream, StreamsRefused

_WITHIN_S: Final = 5.0
_MADE_BY_ANOTHER: Final = (10058, 10148)
_log = structlog.get_logger("flowkit.streams")


class _Found(api.Answer, frozen=True):
    config: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class _Thing:
    """A stream or a consumer, as it is declared and as it is asked for."""

    what: str
    wanted: Config
    info: str
    create: str
    update: str
    request: Callable[[Config, str], Any]
    """What is asked to create or to update it."""

    def differing(self, there: Config | None) -> Mapping[str, tuple[Any, Any]]:
        """The server leaves out what is false, empty or none; what is not declared is nobody's affair."""
        if there is None:
            return {}
        return {
            name: (there.get(name), value)
            for name, value in self.wanted.items()
            if _comparable(there.get(name)) != _comparable(value)
        }


@dataclass(frozen=True, slots=True)
class Keeping:
    """As often as it is asked, by as many as want to."""

    bus: Bus
    declared: Declared

    async def keep(self) -> tuple[Conflict, ...]:
        """What is not as declared and cannot be changed; raises the bus's faults, StreamsRefused among them."""
        found = [await self._kept(_stream(each)) for each in self.declared.streams]
        if not any(conflict is not None and conflict.is_missing for conflict in found):
            found += await asyncio.gather(*(self._kept(_consumer(each)) for each in self.declared.consumers))
        return tuple(conflict for conflict in found if conflict is not None)

    async def _kept(self, thing: _Thing, *, again: bool = False) -> Conflict | None:
        there = await self._look(thing)
        differs = thing.differing(there)
        if there is not None and not differs:
            return None
        try:
            if there is None:
                await self._ask(thing.create, thing.request(thing.wanted, "create"))
            else:
                await self._ask(thing.update, thing.request({**there, **thing.wanted}, "update"))
        except StreamsRefused as refused:
            if refused.code in _MADE_BY_ANOTHER and not again:
                return await self._kept(thing, again=True)
            return Conflict(thing.what, differs, refused)
        _log.info("stream kept", what=thing.what, changed=sorted(differs) or "made")
        return None

    async def _look(self, thing: _Thing) -> Config | None:
        try:
            return (await self._ask(thing.info, None)).config
        except (NoSuchStream, NoSuchConsumer):
            return None

    async def _ask(self, what: str, asked: Any) -> _Found:
        return await api.ask(self.bus, what, asked, _Found, within=_WITHIN_S)


def _stream(wanted: Config) -> _Thing:
    name = wanted["name"]
    info, create, update = (f"STREAM.{verb}.{name}" for verb in ("INFO", "CREATE", "UPDATE"))
    return _Thing(f"stream {name}", wanted, info, create, update, lambda config, _: config)


def _consumer(wanted: Config) -> _Thing:
    name = wanted["durable_name"]
    info, create = (f"CONSUMER.{verb}.{EVENTS}.{name}" for verb in ("INFO", "CREATE"))

    def request(config: Config, action: str) -> Any:
        return {"stream_name": EVENTS, "config": config, "action": action}

    return _Thing(f"consumer {name}", wanted, info, create, create, request)


def _comparable(value: Any) -> Any:
    return sorted(cast("list[str]", value)) if isinstance(value, list) else value or None
