"""The official parser finds nothing wrong with what we say of the bus, and would."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from contracts.bus import PARTICIPANTS
from gateway_service.docs.asyncapi.document import document
from gateway_service.routes import ROUTES

from tests.javascript import Program

PARSER: Final = Program(Path(__file__).parent / "parse.mjs")
# 3.0.0 is what most tools read; the parser would rather see the newest.
MEANT: Final = {"asyncapi-latest-version"}


@dataclass(frozen=True, slots=True)
class Reading:
    operations: dict[str, tuple[str, list[str]]]
    faults: list[str]


def made(*, is_whole: bool = False) -> dict[str, Any]:
    return document(PARTICIPANTS, ROUTES, "1.0.0", is_whole=is_whole)


FOR_ANYONE: Final = made()
THE_WHOLE: Final = made(is_whole=True)


def _leads_nowhere(told: dict[str, Any]) -> None:
    told["channels"]["customer.register"]["messages"]["customer.register.request"]["$ref"] += "ed"


def _says_another_message(told: dict[str, Any]) -> None:
    told["operations"]["customer.register"]["messages"] = [{"$ref": "#/channels/customer.login/messages/none"}]


def _has_no_action(told: dict[str, Any]) -> None:
    del told["operations"]["customer.register"]["action"]


def _names_a_parameter_it_does_not_tell_of(told: dict[str, Any]) -> None:
    told["channels"]["customer.registered.v1"]["address"] += ".{more}"


MISTAKES: Final = (
    _leads_nowhere,
    _says_another_message,
    _has_no_action,
    _names_a_parameter_it_does_not_tell_of,
)


def mistaken(mistake: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    told = made()
    mistake(told)
    return told


@pytest.fixture(scope="module")
def readings() -> dict[str, Reading]:
    """Of all of them in one go: the parser takes longer to start than to read."""
    given = {"for anyone": FOR_ANYONE, "the whole": THE_WHOLE} | {each.__name__: mistaken(each) for each in MISTAKES}
    return dict(zip(given, map(_read, PARSER.run(list(given.values()))), strict=True))


def _read(found: dict[str, Any]) -> Reading:
    faults = [f"{each['path']}: {each['message']}" for each in found["faults"] if each["code"] not in MEANT]
    return Reading({name: (action, replies) for name, action, replies in found["operations"]}, faults)


@pytest.mark.parametrize(("name", "told"), [("for anyone", FOR_ANYONE), ("the whole", THE_WHOLE)])
def test_the_parser_finds_no_fault(name: str, told: dict[str, Any], readings: dict[str, Reading]) -> None:
    assert readings[name].faults == []
    assert readings[name].operations.keys() == told["operations"].keys()


def test_the_parser_sees_requests_with_their_replies_and_events_without(readings: dict[str, Reading]) -> None:
    operations = readings["for anyone"].operations

    action, replies = operations["customer.register"]
    assert action == "receive"
    assert {"customer.register.answer", "customer.EmailTaken", "Invalid", "TimedOut"} <= set(replies)
    assert operations["customer.announces.customer.registered.v1"] == ("send", [])
    assert operations["order.reacts-to.customer.registered.v1"] == ("receive", [])


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_parser_sees_a_planted_mistake(
    mistake: Callable[[dict[str, Any]], None], readings: dict[str, Reading]
) -> None:
    assert readings[mistake.__name__].faults
