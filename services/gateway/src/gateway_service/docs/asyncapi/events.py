"""What happened: who announces it, who acts on it, and where it goes when nobody can."""

from typing import Any, Final

import msgspec
from flowkit.contract import EVENTS, Consumer, Event, Participant
from flowkit.contract.event import PARTITIONS
from flowkit.wire import headers

from gateway_service.docs.asyncapi import carried
from gateway_service.docs.asyncapi.part import Json, Part, ref
from gateway_service.docs.asyncapi.schemas import Schemas
from gateway_service.docs.asyncapi.scope import Scope

_PARTITION: Final[Json] = {
    "description": f"CRC-32 of the event's key, modulo {PARTITIONS}: those of a key are told on one subject, in order.",
    "enum": [str(each) for each in range(PARTITIONS)],
}
_EVENT_ID: Final[Json] = {"description": "The event's id: each has one dead letter at the most of each who gave it up."}
_ANNOUNCED = (
    "Written in the transaction of what it tells of, so it is told if and only if that is committed; stored by "
    f"JetStream's stream {EVENTS} under its id before it is forgotten here."
)
_REACTED = (
    "Delivered at least once, and acted on exactly once in effect: the effect and the mark that it has been had are "
    "committed together. What cannot be acted on goes to the dead letters of whoever could not."
)


def events(scope: Scope, schemas: Schemas) -> Part:
    part = Part()
    for who, event in scope.announced():
        _announce(part, who, event, schemas)
    for who, event, consumers in scope.reacted_to():
        _react(part, who, event, consumers)
        if scope.is_whole:
            _give_up(part, who, event, consumers[0], schemas)
    return part


def name_of(event: Event[Any]) -> str:
    return f"{event.name}.v{event.version}"


def _announce(part: Part, who: Participant, event: Event[Any], schemas: Schemas) -> None:
    name = name_of(event)
    about = {"address": f"{event.subject}.{{partition}}", "title": name, "parameters": {"partition": _PARTITION}}
    part.add(name, about, (name, _message(who, event, schemas)))
    part.operations[f"{who.name}.announces.{name}"] = {
        "action": "send",
        "title": f"{who.name} announces {name}",
        "description": _ANNOUNCED,
        **part.on(name),
        "tags": [{"name": who.name}],
    }


def _react(part: Part, who: Participant, event: Event[Any], consumers: tuple[Consumer, ...]) -> None:
    name = name_of(event)
    in_order = " The next of a key comes after the one before is done with." if event.ordered else ""
    part.operations[f"{who.name}.reacts-to.{name}"] = {
        "action": "receive",
        "title": f"{who.name} reacts to {name}",
        "description": _REACTED + in_order,
        **part.on(name),
        "tags": [{"name": who.name}],
        "x-jetstream": {"stream": EVENTS, "consumers": [each.name for each in consumers], "ordered": event.ordered},
    }


def _give_up(part: Part, who: Participant, event: Event[Any], consumer: Consumer, schemas: Schemas) -> None:
    """What `flow dlq` shows and gives again."""
    name = name_of(event)
    dead, again = f"{name}.dead.{who.name}", f"{name}.again.{who.name}"
    parameters = {"parameters": {"eventId": _EVENT_ID}}
    letter = _message(who, event, schemas) | {"headers": ref("components", "schemas", carried.DEAD)}
    letter["examples"] = [{"payload": schemas.example(event.body)}]
    part.add(dead, {"address": f"{consumer.dead}.{{eventId}}", "title": dead, **parameters}, (dead, letter))
    about = {"address": f"{consumer.again}.{{partition}}", "title": again, "parameters": {"partition": _PARTITION}}
    part.add(again, about, (name, part.messages[name]))
    for action, did, channel in (("send", "gives up on", dead), ("receive", "is given again", again)):
        operation = {"action": action, "title": f"{who.name} {did} {name}", **part.on(channel)}
        part.operations[f"{who.name}.{did.replace(' ', '-')}.{name}"] = operation | {"tags": [{"name": who.name}]}


def _message(who: Participant, event: Event[Any], schemas: Schemas) -> Json:
    body = schemas.example(event.body)
    key = event.key(msgspec.convert(body, event.body))
    return {
        "title": event.body.__name__,
        "summary": schemas.about(event.body) or f"{event.name}, in version {event.version}.",
        "correlationId": {"location": f"$message.header#/{headers.EVENT_ID}"},
        "headers": carried.of_event(event),
        "payload": schemas.of(event.body),
        "examples": [{"headers": carried.example_of_event(event, who.name, key), "payload": body}],
    }
