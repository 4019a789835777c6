"""`flow dlq`, over a real NATS and the streams of the cluster."""

import json
import re
import sys
from uuid import uuid4

import pytest
from contracts import customer
from flowctl.commands.dlq import drop, ls, replay, show
from flowctl.failure import Failure
from flowkit.contract import DEAD_LETTERS, EVENTS
from flowkit.servers import NatsServer, free_port
from flowkit.wire import headers

from .events import LAST_TRACE, NOTIFICATION, ORDER, TRACE, Told, connected

ADA, BOB = str(uuid4()), str(uuid4())
SUBJECT = customer.registered.subject_of(customer.CustomerRegistered(customer_id=ADA))
PARTITION = SUBJECT.rpartition(".")[2]


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


async def test_an_event_is_given_again_to_whom_it_was_given_up_by_alone(told: Told) -> None:
    id_ = await told.give_up(ADA)

    await replay("1")

    [again] = await told.given_again()
    assert again.subject == f"{ORDER.again}.{PARTITION}"
    assert json.loads(again.data) == {"customerId": ADA}
    assert again.headers[headers.EVENT_ID] == id_
    assert re.fullmatch(r"again-1-\d{16}", again.headers[headers.MESSAGE_ID])
    assert again.headers[headers.TRACEPARENT].split("-")[1] == TRACE
    assert [name for name in again.headers if name.startswith("flow-dead")] == []
    assert await told.dead() == []


async def test_all_of_a_service_are_given_again_and_others_stay(told: Told) -> None:
    for _ in range(3):
        id_ = await told.give_up(ADA, ORDER)
        await told.give_up(ADA, NOTIFICATION, id_)

    await replay(everything=True, service="order")

    assert len(await told.given_again()) == 3
    assert [letter.subject.split(".")[1] for letter in await told.dead()] == ["notification"] * 3


async def test_more_than_a_page_of_them_is_given_again(told: Told) -> None:
    for _ in range(120):
        await told.give_up(ADA)

    await replay(everything=True)

    assert await told.dead() == []
    assert (await told.streams.info(EVENTS)).messages == 120


async def test_where_it_was_given_again_but_the_letter_stayed_nothing_is_told_twice(told: Told) -> None:
    id_ = await told.give_up(ADA)
    letter = (await told.dead())[0]
    await replay("1")
    # As if the process had been killed between the two: the letter is there still.
    again = (await told.given_again())[0]
    stored = await told.streams.publish(again.subject, letter.data, headers=again.headers, within=20)

    assert stored.duplicate
    assert [each.headers[headers.EVENT_ID] for each in await told.given_again()] == [id_]


async def test_what_nobody_reacts_to_any_more_stays(told: Told, capsys: pytest.CaptureFixture[str]) -> None:
    kept = await told.give_up(ADA)
    await told.streams.publish(
        f"dead.order.customer.moved.v1.{uuid4()}", b"{}", headers={headers.DEAD_REASON: "failed"}, within=20
    )

    with pytest.raises(Failure, match="stay where they are"):
        await replay(everything=True)

    out, err = capsys.readouterr()
    assert "1 given again" in out
    assert "order does not react to customer.moved v1 any more" in err
    assert [each.headers[headers.EVENT_ID] for each in await told.given_again()] == [kept]
    assert len(await told.dead()) == 1


async def test_one_kept_without_its_body_is_given_again_as_it_was_told(told: Told) -> None:
    id_ = str(uuid4())
    await told.tell(BOB)
    place = await told.tell(ADA, id_)
    await told.give_up(ADA, event_id=id_, data=b"", flow_dead_place=str(place))

    await replay(id_)

    assert json.loads((await told.given_again())[0].data) == {"customerId": ADA}


async def test_one_whose_body_is_nowhere_any_more_stays(told: Told, capsys: pytest.CaptureFixture[str]) -> None:
    place = await told.tell(ADA)
    await told.give_up(ADA, data=b"", flow_dead_place=str(place))

    with pytest.raises(Failure):
        await replay("1")

    assert "no longer kept" in capsys.readouterr().err
    assert len(await told.dead()) == 1


async def test_what_is_dropped_is_gone(told: Told, capsys: pytest.CaptureFixture[str]) -> None:
    await told.give_up(ADA)
    kept = await told.give_up(BOB)

    await drop("1", yes=True)

    assert capsys.readouterr().out == "1 dropped.\n"
    assert [each.headers[headers.EVENT_ID] for each in await told.dead()] == [kept]
    assert await told.given_again() == []


@pytest.mark.parametrize(("answer", "left"), [("y", 0), ("n", 1), ("", 1)])
async def test_dropping_is_asked_about(told: Told, monkeypatch: pytest.MonkeyPatch, answer: str, left: int) -> None:
    await told.give_up(ADA)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)

    def say(_: str) -> str:
        return answer

    monkeypatch.setattr("builtins.input", say)

    if left:
        with pytest.raises(Failure, match="nothing was dropped"):
            await drop("1")
    else:
        await drop("1")

    assert len(await told.dead()) == left


async def test_without_a_terminal_nothing_is_dropped_unasked(told: Told) -> None:
    await told.give_up(ADA)

    with pytest.raises(Failure, match="--yes drops them"):
        await drop("1")

    assert len(await told.dead()) == 1


async def test_one_that_is_not_there_is_named_and_no_other_is_touched(told: Told) -> None:
    await told.give_up(ADA)

    for command in (replay("1", "7"), drop("1", "7", yes=True), show("7")):
        with pytest.raises(Failure, match=r"no dead letter has the place or the event id 7: see flow dlq ls"):
            await command

    assert len(await told.dead()) == 1


@pytest.mark.parametrize(
    ("which", "options"),
    [((), {}), (("1",), {"everything": True}), (("1",), {"service": "order"})],
)
async def test_a_replay_says_which(which: tuple[str, ...], options: dict[str, str]) -> None:
    with pytest.raises(Failure) as failure:
        await replay(*which, **options)  # pyright: ignore[reportArgumentType]  of each row's own types

    assert failure.value.code == 2


@pytest.mark.usefixtures("operator")
async def test_where_there_is_no_stream_yet_it_is_told_who_makes_it() -> None:
    with pytest.raises(Failure, match="no stream yet: auth makes it"):
        await ls()


async def test_a_stream_that_is_full_keeps_the_letter(told: Told, capsys: pytest.CaptureFixture[str]) -> None:
    await told.give_up(ADA)
    await told.give_up(BOB)
    config = {**(await told.streams.info(EVENTS)).config, "max_bytes": 1}
    await told.streams.bus.request(f"$JS.API.STREAM.UPDATE.{EVENTS}", json.dumps(config).encode(), within=20)

    with pytest.raises(Failure, match="the rest stay where they are"):
        await replay(everything=True)

    out, err = capsys.readouterr()
    assert "0 given again" in out
    assert err.count("stays where it is: the stream refuses: maximum bytes exceeded") == 1
    assert (await told.streams.info(DEAD_LETTERS)).messages == 2


async def test_a_nats_that_is_away_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NATS_URL", f"nats://127.0.0.1:{free_port()}")

    with pytest.raises(Failure, match="no NATS answers"):
        await ls()


async def test_a_server_without_streams_is_told(nats_server: NatsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NATS_URL", nats_server.url)
    async with connected(nats_server.url):
        with pytest.raises(Failure, match=r"no stream yet|without JetStream"):
            await ls()
