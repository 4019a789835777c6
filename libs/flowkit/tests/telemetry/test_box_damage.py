"""Whatever stands in a black box, whoever finds it starts, and says what it could read."""

import random
import time
from pathlib import Path
from typing import Any

import pytest
from flowkit.telemetry import names
from flowkit.telemetry.box.entries import Begun, Ended
from flowkit.telemetry.box.inheriting import Heir
from flowkit.telemetry.box.layout import HEAD, Layout
from flowkit.telemetry.box.left import Left
from flowkit.telemetry.box.obituary import say
from flowkit.telemetry.box.recorder import BlackBox
from flowkit.telemetry.sdk import boxed
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from structlog.testing import capture_logs

from .boxing import SPAN

SLOTS, SLOT, SPANS = 4, 512, 3
NAME = f"customer-{'a' * 32}.box"
SEED = 17
# The whole of a span, and some of what is free behind it.
LONG_ENOUGH, VALUES = 200, (0, 1, 127, 128, 200, 255)


def a_box(folder: Path) -> bytes:
    """As a dead process leaves it."""
    box = BlackBox.make(folder, "customer", {"service.name": "customer"}, slots=SLOTS, slot=SLOT)
    for number in range(1, SPANS + 1):
        ids = number.to_bytes(16), number.to_bytes(8), number.to_bytes(8)
        box.begin(number, Begun(*ids, 1, "flow", time.time_ns(), {"a": "b", "c": 1}, (ids[:2],)), SPAN)
        page = box.page(number)
        assert page is not None
        page.said("Creating customer")
        page.took(0, 1.5)
        page.noted({"flow.about.customer": "ada"})
    box.end(1, Ended(time.time_ns(), 2, "INTERNAL_ERROR", "flow", {"flow.status": 500}))
    (path,) = folder.glob("*.box")
    data = path.read_bytes()
    box.close()
    return data


def found(folder: Path, data: bytes) -> tuple[list[Left], list[Any]]:
    """What is told of a file with that in it; each span can be sent."""
    (folder / NAME).write_bytes(data)
    told: list[Left] = []
    with capture_logs() as lines:
        Heir(folder, "customer", lambda _, spans: bool(told.extend(spans)) or True, say).run()
    encode_spans([boxed.told(left, Resource({}), InstrumentationScope("flowkit")) for left in told])
    assert not (folder / NAME).exists()
    return told, list(lines)


def damaged(data: bytes, chance: random.Random) -> bytes:
    """A byte, a few, a stretch, or the end of it."""
    spoilt = bytearray(data)
    # Most of it is empty: what matters is at the beginning of each part.
    layout = Layout(SLOTS, SLOT)
    parts = [(0, 300), (HEAD, layout.lengths.stop), *((layout.place(n), layout.place(n) + 250) for n in range(SPANS))]
    for _ in range(chance.choice((1, 1, 2, 8))):
        spoilt[chance.randrange(*chance.choice(parts))] = chance.choice((0, 255, chance.randrange(256)))
    if chance.random() < 0.2:
        begin, end = sorted(chance.randrange(*chance.choice(parts)) for _ in range(2))
        spoilt[begin:end] = chance.randbytes(end - begin)
    if chance.random() < 0.1:
        del spoilt[chance.randrange(len(spoilt)) :]
    return bytes(spoilt)


def test_undamaged_all_of_it_is_told(tmp_path: Path) -> None:
    told, lines = found(tmp_path, a_box(tmp_path))

    assert [(left.name, left.doing, left.ended is None) for left in told] == [
        ("flow", "Creating customer", number != 1) for number in range(1, SPANS + 1)
    ]
    assert [line["event"] for line in lines] == [names.PROCESS_DIED, *[names.FLOW_HANDLED] * (SPANS - 1)]


def test_however_it_is_damaged_nothing_is_raised_and_what_is_told_can_be_sent(tmp_path: Path) -> None:
    whole, chance = a_box(tmp_path), random.Random(SEED)  # noqa: S311 - a seed makes the damage the same again

    outcomes = [found(tmp_path, damaged(whole, chance)) for _ in range(1500)]

    untold = sum(any("unread" in line["event"] or "cannot" in line["event"] for line in lines) for _, lines in outcomes)
    sizes = {len(told) for told, _ in outcomes}
    assert sizes >= {0, SPANS - 1, SPANS}
    assert 0 < untold < len(outcomes)


def test_each_byte_of_a_span_may_be_any_other(tmp_path: Path) -> None:
    whole, first = a_box(tmp_path), Layout(SLOTS, SLOT).place(0)
    for at in range(first, first + LONG_ENOUGH):
        for value in VALUES:
            found(tmp_path, whole[:at] + bytes([value]) + whole[at + 1 :])


@pytest.mark.parametrize("content", [b"", b"flow black box 1\n", b"flow black box 1\n{}\n", b"\0" * 100_000])
def test_what_is_no_box_is_put_away_and_said(tmp_path: Path, content: bytes) -> None:
    told, lines = found(tmp_path, content)

    assert told == []
    assert [line["event"] for line in lines] == ["black box cannot be read"]
    assert (tmp_path / "customer.unreadable").read_bytes() == content


def test_what_bears_such_a_name_and_is_no_file_is_let_be(tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    (tmp_path / NAME.replace("a", "b", 40)).symlink_to("/dev/zero")

    with capture_logs() as lines:
        Heir(tmp_path, "customer", lambda _, __: True, say).run()

    assert {line["event"] for line in lines} == {"black box cannot be opened"}
