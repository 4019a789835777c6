"""JetStream's API in memory, as far as it is used: streams, consumers, pulls, acknowledgements, reading."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from flowkit.bus import Message
from flowkit.testing.memory_streams import config as configs
from flowkit.testing.memory_streams import refusal
from flowkit.testing.memory_streams.clock import Clock
from flowkit.testing.memory_streams.consumer import Asked, MemoryConsumer
from flowkit.testing.memory_streams.reading import read
from flowkit.testing.memory_streams.refusal import NobodyListens, Refused
from flowkit.testing.memory_streams.standing import consumer_told, page_told, stream_told
from flowkit.testing.memory_streams.stream import MemoryStream
from flowkit.testing.memory_streams.wire import Wire

_API: Final = "$JS.API."
_ACK: Final = "$JS.ACK."
type _Asked = dict[str, Any]
type _Told = Mapping[str, Any]


@dataclass(slots=True)
class MemoryStreams:
    wire: Wire
    clock: Clock
    _streams: dict[str, MemoryStream] = field(default_factory=dict[str, MemoryStream], init=False)
    _consumers: dict[tuple[str, str], MemoryConsumer] = field(
        default_factory=dict[tuple[str, str], MemoryConsumer], init=False
    )

    def take(self, message: Message) -> bool:
        """Whether it was for a stream, or about one."""
        if message.subject.startswith(_ACK):
            return self._acknowledge(message)
        if message.subject.startswith(_API):
            return self._ask(message.subject.removeprefix(_API), message)
        stream = next((each for each in self._streams.values() if each.takes(message.subject)), None)
        if stream is not None:
            self._tell(message.reply, _stored(stream, message))
        return stream is not None

    def _ask(self, what: str, message: Message) -> bool:
        for verb, answer in self._answers.items():
            if what.startswith(f"{verb}."):
                return self._answer(message, answer, what.removeprefix(f"{verb}.").split("."))
        return False

    def _answer(self, message: Message, answer: Callable[..., _Told | None], names: list[str]) -> bool:
        try:
            told = answer(message, *names)
        except Refused as refused:
            told = refused.told
        except NobodyListens:
            return False
        if told is not None:
            self._tell(message.reply, told)
        return True

    @property
    def _answers(self) -> Mapping[str, Callable[..., _Told | None]]:
        return {
            "STREAM.CREATE": self._create_stream,
            "STREAM.UPDATE": self._update_stream,
            "STREAM.INFO": self._tell_of_stream,
            "STREAM.MSG.DELETE": self._delete_message,
            "STREAM.MSG.GET": self._find_message,
            "STREAM.PURGE": self._purge,
            "CONSUMER.CREATE": self._create_consumer,
            "CONSUMER.INFO": self._tell_of_consumer,
            "CONSUMER.LIST": self._tell_of_consumers,
            "CONSUMER.DELETE": self._delete_consumer,
            "CONSUMER.MSG.NEXT": self._pull,
            "DIRECT.GET": self._read,
        }

    def _create_stream(self, message: Message, name: str) -> _Told:
        wanted = configs.stream(name, _decoded(message))
        if (known := self._streams.get(name)) is not None and known.config != wanted:
            raise Refused(400, 10058, "stream name already in use with a different configuration")
        configs.refuse_overlap(wanted, [each.config for each in self._streams.values()])
        if known is None:
            self._streams[name] = MemoryStream(wanted, self.clock)
        return stream_told(self._stream(name))

    def _update_stream(self, message: Message, name: str) -> _Told:
        stream = self._stream(name)
        wanted = configs.stream(name, _decoded(message))
        configs.refuse_stream_change(stream.config, wanted)
        configs.refuse_overlap(wanted, [each.config for each in self._streams.values()])
        stream.config = wanted
        return stream_told(self._stream(name))

    def _create_consumer(self, message: Message, stream_name: str, name: str) -> _Told:
        asked, stream = _decoded(message), self._stream(stream_name)
        wanted, known = configs.consumer(name, asked["config"]), self._consumers.get((stream_name, name))
        if known is None:
            if asked.get("action") == "update":
                raise Refused(400, 10149, "consumer does not exist")
            known = self._consumers[stream_name, name] = MemoryConsumer(wanted, stream, self.wire)
            stream.on_change.append(known.note)
            self.clock.on_move.append(known.serve)
        elif known.config != wanted:
            if asked.get("action") == "create":
                raise Refused(400, 10148, "consumer already exists")
            configs.refuse_consumer_change(known.config, wanted)
            known.change(wanted)
        return consumer_told(self._consumer(stream_name, name))

    def _tell_of_stream(self, _: Message, name: str) -> _Told:
        return stream_told(self._stream(name))

    def _tell_of_consumer(self, _: Message, stream: str, name: str) -> _Told:
        return consumer_told(self._consumer(stream, name))

    def _tell_of_consumers(self, message: Message, stream: str) -> _Told:
        self._stream(stream)
        of_stream = [each for (of, _), each in sorted(self._consumers.items()) if of == stream]
        return page_told(of_stream, _decoded(message)["offset"])

    def _delete_consumer(self, _: Message, stream: str, name: str) -> _Told:
        consumer = self._consumer(stream, name)
        del self._consumers[stream, name]
        self._stream(stream).on_change.remove(consumer.note)
        self.clock.on_move.remove(consumer.serve)
        consumer.end()
        return {"success": True}

    def _delete_message(self, message: Message, name: str) -> _Told:
        self._stream(name).delete(_decoded(message)["seq"])
        return {"success": True}

    def _find_message(self, message: Message, name: str) -> _Told:
        asked = _decoded(message)
        found = next(self._stream(name).since(asked["seq"], [asked["next_by_subj"]]), None)
        if found is None:
            raise refusal.no_message()
        return {"message": {"subject": found.message.subject, "seq": found.place}}

    def _purge(self, message: Message, name: str) -> _Told:
        return {"success": True, "purged": self._stream(name).purge(_decoded(message)["seq"])}

    def _pull(self, message: Message, stream: str, name: str) -> None:
        if (consumer := self._consumers.get((stream, name))) is None:
            raise NobodyListens
        consumer.pull(msgspec.json.decode(message.data, type=Asked), message.reply)

    def _read(self, message: Message, name: str) -> None:
        if (stream := self._streams.get(name)) is None:
            raise NobodyListens
        for reply in read(stream, _decoded(message), message.reply):
            self.wire.deliver(message.reply, reply)

    def _acknowledge(self, message: Message) -> bool:
        stream, name, _, place, *_ = message.subject.removeprefix(_ACK).split(".")
        if (consumer := self._consumers.get((stream, name))) is None:
            return False
        consumer.acknowledge(int(place), message.data)
        if message.reply:
            self.wire.deliver(message.reply, Message(message.reply, b""))
        return True

    def _stream(self, name: str) -> MemoryStream:
        if (stream := self._streams.get(name)) is None:
            raise refusal.no_stream()
        return stream

    def _consumer(self, stream: str, name: str) -> MemoryConsumer:
        self._stream(stream)
        if (consumer := self._consumers.get((stream, name))) is None:
            raise refusal.no_consumer()
        return consumer

    def _tell(self, reply: str, told: _Told) -> None:
        if reply:
            self.wire.deliver(reply, Message(reply, msgspec.json.encode(told)))


def _stored(stream: MemoryStream, message: Message) -> _Told:
    try:
        entry, was_there = stream.store(Message(message.subject, message.data, headers=dict(message.headers)))
    except Refused as refused:
        return {**refused.told, "stream": stream.name, "seq": 0}
    return {"stream": stream.name, "seq": entry.place, "duplicate": was_there}


def _decoded(message: Message) -> _Asked:
    return msgspec.json.decode(message.data, type=dict[str, Any])
