"""`flow dlq ls` and `show`, over a real NATS and the streams of the cluster."""

import json
from uuid import uuid4

import pytest
from flowctl.commands.dlq import ls, show
from flowctl.failure import Failure
from flowkit.servers import NatsServer, free_port
from flowkit.wire import headers

from .events import LAST_TRACE, NOTIFICATION, ORDER, TRACE, Told, connected

ADA = str(uuid4())


@pytest.mark.usefixtures("told")
async def test_that_there_are_none_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    await ls()
    await ls(service="order", event="customer.registered")

    assert capsys.readouterr().out == "No dead letters.\nNo dead letters of order for customer.registered.\n"


async def test_what_was_given_up_is_listed(told: Told, capsys: pytest.CaptureFixture[str]) -> None:
    id_ = await told.give_up(ADA)

    await ls()

    row = next(line for line in capsys.readouterr().out.splitlines() if id_ in line)
    assert row.split()[:1] == ["1"]
    assert row.split()[3:] == ["order", "customer.registered", "v1", id_, "failed", "6", ADA, LAST_TRACE]


@pytest.mark.parametrize(
    ("wanted", "whose"),
    [
        ({"service": "order"}, ["order"]),
        ({"event": "customer.registered"}, ["order", "notification"]),
        ({"service": "notification", "event": "customer.registered"}, ["notification"]),
        ({"event": "order.created"}, []),
    ],
)
async def test_those_of_a_service_or_an_event_are_listed_alone(
    told: Told, capsys: pytest.CaptureFixture[str], wanted: dict[str, str], whose: list[str]
) -> None:
    id_ = await told.give_up(ADA, ORDER)
    await told.give_up(ADA, NOTIFICATION, id_)

    await ls(service=wanted.get("service"), event=wanted.get("event"), json=True)

    assert [json.loads(line)["service"] for line in capsys.readouterr().out.splitlines()] == whose


async def test_a_program_is_told_all_of_it(told: Told, capsys: pytest.CaptureFixture[str]) -> None:
    id_ = await told.give_up(ADA)

    await ls(json=True)

    letter = json.loads(capsys.readouterr().out)
    assert letter.pop("at").endswith("Z")
    assert letter == {
        "place": 1,
        "service": "order",
        "event": "customer.registered",
        "version": "v1",
        "id": id_,
        "reason": "failed",
        "fault": "REJECTED: no such product",
        "attempts": 6,
        "key": ADA,
        "trace": LAST_TRACE,
    }


async def test_more_than_are_shown_are_told_of(told: Told, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(3):
        await told.give_up(ADA)

    await ls(limit=2)

    out = capsys.readouterr().out
    assert out.count(ADA) == 2
    assert "There are more: --limit" in out


async def test_one_is_shown_whole_by_its_place_or_its_event(told: Told, capsys: pytest.CaptureFixture[str]) -> None:
    id_ = await told.give_up(ADA)

    shown: list[str] = []
    for which in ("1", id_):
        await show(which)
        shown.append(capsys.readouterr().out)

    assert shown[0] == shown[1]
    for words in ("REJECTED: no such product", LAST_TRACE, f"caused in   {TRACE}", f"{headers.EVENT_ID}: {id_}"):
        assert words in shown[0]
    assert json.loads(shown[0][shown[0].rindex("{") :]) == {"customerId": ADA}


async def test_what_a_letter_holds_cannot_command_the_terminal(told: Told, capsys: pytest.CaptureFixture[str]) -> None:
    await told.give_up(ADA, data=b"\x1b[2J\x9b \xff not JSON")

    await ls()
    await show("1")

    out = capsys.readouterr().out
    assert [each for each in out if not each.isprintable() and each != "\n"] == []
    assert "not JSON" in out


@pytest.mark.usefixtures("operator")
async def test_where_there_is_no_stream_yet_it_is_told_who_makes_it() -> None:
    with pytest.raises(Failure, match="no stream yet: auth makes it"):
        await ls()


async def test_a_nats_that_is_away_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NATS_URL", f"nats://127.0.0.1:{free_port()}")

    with pytest.raises(Failure, match="no NATS answers"):
        await ls()


async def test_a_server_without_streams_is_told(nats_server: NatsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NATS_URL", nats_server.url)
    async with connected(nats_server.url):
        with pytest.raises(Failure, match=r"no stream yet|without JetStream"):
            await ls()
