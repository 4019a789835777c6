"""Log lines: one JSON object each, complete, bounded, and without secrets."""

import asyncio
import gc
import logging
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
import structlog
from flowkit.telemetry.lines import LONGEST_LINE
from flowkit.telemetry.logs import Logs, Style, style_for
from msgspec import Struct
from opentelemetry import trace

from .conftest import Pipe

log = structlog.get_logger("flowkit.test")
JWT = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl_-0"
TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def logged(pipe: Pipe, event: str = "told", *, level: str = "info", **fields: Any) -> dict[str, Any]:
    with Logs("admin", level=level, descriptor=pipe.writing):
        log.info(event, **fields)
    (line,) = pipe.lines()
    return line


def test_a_line_says_when_how_grave_what_and_who(pipe: Pipe) -> None:
    line = logged(pipe, "flow", status=200, error_code=None)

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", line.pop("timestamp"))
    assert line == {"level": "info", "event": "flow", "service": "admin", "status": 200, "error_code": None}


def test_a_line_inside_a_span_names_it(pipe: Pipe) -> None:
    context = trace.SpanContext(int(TRACE, 16), int(SPAN, 16), is_remote=False)
    with trace.use_span(trace.NonRecordingSpan(context)):
        line = logged(pipe)

    assert (line["trace_id"], line["span_id"]) == (TRACE, SPAN)


def test_a_line_may_name_another_span(pipe: Pipe) -> None:
    context = trace.SpanContext(int(TRACE, 16), int(SPAN, 16), is_remote=False)
    with trace.use_span(trace.NonRecordingSpan(context)):
        line = logged(pipe, span_id="1111111111111111", parent_span_id=SPAN)

    assert (line["span_id"], line["parent_span_id"]) == ("1111111111111111", SPAN)


def test_what_is_below_the_level_is_not_told(pipe: Pipe) -> None:
    with Logs("admin", level="warning", descriptor=pipe.writing):
        log.info("quiet")
        log.warning("loud")

    assert [line["event"] for line in pipe.lines()] == ["loud"]


def test_an_exception_is_told_by_type_message_and_stack(pipe: Pipe) -> None:
    with Logs("admin", descriptor=pipe.writing):
        try:
            {}["no such admin"]
        except KeyError:
            log.exception("flow crashed")
    (line,) = pipe.lines()

    assert line["level"] == "error"
    assert line["exception"]["type"] == "KeyError"
    assert line["exception"]["message"] == "'no such admin'"
    assert "test_logs.py" in line["exception"]["stack"]


class NewAdmin(Struct):
    email: str
    password: str


@dataclass
class Session:
    refresh_token: str
    tags: set[str] = field(default_factory=lambda: {"a"})


@pytest.mark.parametrize(
    "fields",
    [
        {"password": "hunter2"},
        {"X-Api-Key": "hunter2"},
        {"accessToken": "hunter2"},
        {"headers": {"Authorization": "hunter2", "flow-identity": "hunter2"}},
        {"rows": [{"refresh_token": "hunter2"}, ({"deep": {"clientSecret": ["hunter2"]}},)]},
        {"request": NewAdmin("ada@local", "hunter2")},
        {"session": Session("hunter2")},
        {"server": "nats://ada:hunter2@nats:4222"},
        {"payload": b"hunter2"},
    ],
)
def test_a_secret_is_masked_however_deep_it_lies(pipe: Pipe, fields: dict[str, Any]) -> None:
    logged(pipe, **fields)

    assert "hunter2" not in pipe.text()


def test_what_is_no_secret_is_told_as_it_is(pipe: Pipe) -> None:
    steps = [{"step": "Verifying password", "ms": 1.5}, {"step": "Sending to nats://nats:4222 at 10 %"}]
    line = logged(pipe, request=NewAdmin("ada, at home", "x"), steps=steps)

    assert line["request"] == {"email": "ada, at home", "password": "[redacted]"}
    assert line["steps"] == steps


@pytest.mark.parametrize(
    ("told", "as_"),
    [
        ("no admin ada@example.org, sorry", "no admin [email], sorry"),
        ("Key (email)=(o'brien+x@example.co.uk) already exists", "Key (email)=([email]) already exists"),
        ("GET /confirm?who=ada%40example.org", "GET /confirm?who=[email]"),
        (f"bad token {JWT}.", "bad token [redacted]"),
        ("flr_0123456789abcdefABCD-_ was spent", "[redacted] was spent"),
        ("fak_0123456789abcdef_ABCD-_ was refused", "[redacted] was refused"),
        ("sent Authorization: Bearer 0123abc==, twice", "sent Authorization: Bearer [redacted] twice"),
        ("Basic YWRhOmh1bnRlcjI=", "Basic [redacted]"),
        ("nats://ada:hunter2@nats:4222 is away", "nats://[redacted]@nats:4222 is away"),
        ("é" * 200 + " ada@example.org", "é" * 200 + " [email]"),
    ],
)
def test_what_looks_like_an_email_or_a_token_is_masked_in_any_text(pipe: Pipe, told: str, as_: str) -> None:
    line = logged(pipe, told, reason=told, deep=[{"reason": told}])

    assert (line["event"], line["reason"], line["deep"]) == (as_, as_, [{"reason": as_}])


@pytest.mark.parametrize(
    "forged", ['x\n{"event":"forged"}', "x\r\nforged", "x\x85forged", "x\u2028forged", "\x1b[2J\x9b2J"]
)
def test_no_value_can_forge_a_line_or_command_a_terminal(pipe: Pipe, forged: str) -> None:
    with Logs("admin", descriptor=pipe.writing):
        log.info("told", value=forged, **{forged: 1})

    text = pipe.text()
    assert len(text.splitlines()) == 1
    assert not re.search("[\x00-\x09\x0b-\x1f\x80-\x9f]", text)


class Broken:
    def __repr__(self) -> str:
        raise RuntimeError("no repr")


def cyclic() -> dict[str, Any]:
    loop: dict[str, Any] = {}
    loop["again"] = loop
    return loop


@pytest.mark.parametrize(
    "value", [Broken(), cyclic(), 2**70, float("nan"), "\ud800", {1: 2, (3, 4): 5}, {1, 2}, object, Exception("x")]
)
def test_whatever_is_told_becomes_a_line(pipe: Pipe, value: Any) -> None:
    assert logged(pipe, value=value)["event"] == "told"


@pytest.mark.parametrize(
    "fields",
    [
        {"text": "x" * 1_000_000},
        {"items": ["y" * 100] * 10_000},
        {f"field {n}": "z" * 5_000 for n in range(500)},
        {"nested": {str(n): {str(m): "w" * 300 for m in range(50)} for n in range(50)}},
    ],
)
def test_a_line_has_a_longest_length(pipe: Pipe, fields: dict[str, Any]) -> None:
    line = logged(pipe, flow="api.v1.admin.login", **fields)

    assert len(pipe.text()) <= LONGEST_LINE + 1
    assert (line["event"], line["flow"]) == ("told", "api.v1.admin.login")


def test_a_field_cannot_take_the_place_of_level_or_service(pipe: Pipe) -> None:
    line = logged(pipe, service="forged", timestamp="never")

    assert (line["service"], line["service_"], line["timestamp_"]) == ("admin", "forged", "never")


def test_the_standard_librarys_logging_ends_in_the_same_lines(pipe: Pipe) -> None:
    library = logging.getLogger("nats.aio.client")
    library.handlers, library.propagate = [logging.StreamHandler()], False
    with Logs("admin", descriptor=pipe.writing):
        library.warning("lost %s", "nats://ada:hunt@er2@nats:4222")
        library.error("wrong %d", "arguments")
        library.info("chatter")
    lines = pipe.lines()
    library.handlers, library.propagate = [], True

    assert [(line["logger"], line["level"]) for line in lines] == [
        ("nats.aio.client", "warning"),
        ("nats.aio.client", "error"),
    ]
    assert lines[0]["event"] == "lost nats://[redacted]@nats:4222"


async def test_a_task_whose_exception_nobody_took_is_told(pipe: Pipe) -> None:
    async def fail() -> None:
        raise RuntimeError("nobody looked")

    with Logs("admin", descriptor=pipe.writing):
        task = asyncio.create_task(fail())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        del task
        gc.collect()
    (line,) = pipe.lines()

    assert (line["logger"], line["level"]) == ("asyncio", "error")
    assert line["exception"]["message"] == "nobody looked"


def test_a_warning_of_pythons_is_a_line(pipe: Pipe) -> None:
    with Logs("admin", descriptor=pipe.writing), warnings.catch_warnings():
        warnings.simplefilter("default")
        warnings.warn("going away", FutureWarning, stacklevel=1)

    assert pipe.lines()[0]["logger"] == "py.warnings"


def test_what_was_before_is_there_again_afterwards(pipe: Pipe) -> None:
    library = logging.getLogger("some.library")
    library.handlers, library.propagate = [logging.NullHandler()], False
    before = library.handlers
    with Logs("admin", descriptor=pipe.writing):
        assert library.handlers == []

    assert (library.handlers, library.propagate) == (before, False)


def test_lines_are_shipped_elsewhere_too(pipe: Pipe) -> None:
    shipped: list[tuple[Mapping[str, Any], bytes]] = []
    with Logs("admin", descriptor=pipe.writing) as logs:
        logs.ship_to(lambda fields, line: shipped.append((fields, line)))
        log.info("told", password="hunter2")

    (fields, line) = shipped[0]
    assert fields["password"] == "[redacted]"
    assert line + b"\n" == pipe.text().encode()


def test_a_fault_while_telling_is_told_instead(pipe: Pipe) -> None:
    def broken(_fields: Mapping[str, Any], _line: bytes) -> None:
        raise RuntimeError("shipping")

    with Logs("admin", descriptor=pipe.writing) as logs:
        logs.ship_to(broken)
        log.info("told")

    (line,) = pipe.lines()
    assert (line["event"], line["fault"]) == ("a log line could not be made", "RuntimeError")


def test_at_a_terminal_steps_stand_below_their_flow(pipe: Pipe) -> None:
    with Logs("admin", style="pretty", descriptor=pipe.writing):
        log.info("flow", flow="admin.login", steps=[{"step": "Verifying\x1b[2J", "at_ms": 1.2, "ms": 58.0}], calls=[])
    first, step = pipe.text().splitlines()

    assert re.fullmatch(r"\d\d:\d\d:\d\d\.\d{3} info    flow flow=admin.login", first)
    assert step.strip() == r'1.2 ms  "Verifying\u001b[2J"  (58.0 ms)'


@pytest.mark.parametrize(("chosen", "style"), [(None, "json"), ("json", "json"), ("pretty", "pretty")])
def test_a_pipe_gets_json_unless_told_otherwise(pipe: Pipe, chosen: str | None, style: Style) -> None:
    assert style_for(chosen, {}, pipe.writing) == style
