"""`flow dlq replay`: to whom it is given again, and what stays."""

import json
import re
from dataclasses import replace
from uuid import uuid4

import pytest
from contracts import customer
from flowctl.commands.dlq import replay
from flowctl.events.letters import Letters
from flowctl.failure import Failure
from flowkit.contract import DEAD_LETTERS, EVENTS, Consumer, Participant
from flowkit.wire import headers

from .events import NOTIFICATION, ORDER, TRACE, Told

ADA, BOB = str(uuid4()), str(uuid4())
SUBJECT = customer.registered.subject_of(customer.CustomerRegistered(customer_id=ADA))
PARTITION = SUBJECT.rpartition(".")[2]


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
    carried = {headers.DEAD_REASON: "failed", headers.EVENT_VERSION: "1"}
    await told.streams.publish(f"dead.order.customer.moved.v1.{uuid4()}", b"{}", headers=carried, within=20)

    with pytest.raises(Failure, match="stay where they are"):
        await replay(everything=True)

    out, err = capsys.readouterr()
    assert "1 given again" in out
    assert "order does not react to customer.moved v1 any more" in err
    assert [each.headers[headers.EVENT_ID] for each in await told.given_again()] == [kept]
    assert len(await told.dead()) == 1


async def test_one_of_another_version_is_given_to_the_consumer_of_that_version(told: Told) -> None:
    """To that of the version it was told as, it would be unreadable again."""
    id_ = await told.give_up(ADA, flow_event_version="2", flow_dead_reason="wrong_version")
    second = replace(customer.registered, version=2)
    letters = Letters(told.streams, (Participant("order", reacts_to=(customer.registered, second)),))

    for letter in await letters.named([id_]):
        await letters.give_again(letter)

    (again,) = await told.given_again()
    assert again.subject == f"{Consumer('order', second).again}.{PARTITION}"
    assert (again.headers[headers.EVENT_ID], again.headers[headers.EVENT_VERSION]) == (id_, "2")
    assert await told.dead() == []


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("2", "it is told as v2 of customer.registered, which order does not react to. Deploy"),
        ("two", "it is told as no version of customer.registered, so order would refuse it"),
    ],
)
async def test_one_of_a_version_that_is_not_known_stays(
    told: Told, capsys: pytest.CaptureFixture[str], version: str, said: str
) -> None:
    await told.give_up(ADA, flow_event_version=version, flow_dead_reason="wrong_version")

    with pytest.raises(Failure, match="stay where they are"):
        await replay("1")

    assert said in capsys.readouterr().err
    assert await told.given_again() == []
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
