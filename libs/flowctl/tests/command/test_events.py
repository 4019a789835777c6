"""`flow events`, over a real NATS and the streams of the cluster."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import uuid4

import pytest
from contracts import customer
from contracts.bus import PARTICIPANTS
from flowctl.commands.events import again, forget, ls, tail
from flowctl.failure import Failure
from flowkit.bus.nats import NatsBus
from flowkit.contract import EVENTS
from flowkit.servers import NatsServer, free_port
from flowkit.streams import NoSuchConsumer, Streams
from flowkit.streams.declared import Declared, StreamOptions
from flowkit.streams.keeping import Keeping
from flowkit.testing.streams import left_for

from .events import NOTIFICATION, ORDER, TRACE, Told, connected, streams_of

ADA, BOB = str(uuid4()), str(uuid4())
WITHIN_S = 50
LEFT_OVER = "porter-customer-registered-v1"


@asynccontextmanager
async def tailing(url: str, *options: str) -> AsyncGenerator[Process]:
    """Once it shows what is told from now on."""
    command = (sys.executable, "-m", "flowctl", "events", "tail", *options)
    process = await asyncio.create_subprocess_exec(
        *command, env=os.environ | {"NATS_URL": url}, stdout=PIPE, stderr=PIPE, preexec_fn=_heed_interrupts
    )
    try:
        async with asyncio.timeout(WITHIN_S):
            yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _heed_interrupts() -> None:
    """Whoever runs the tests may ignore them, and what is ignored stays so in a child."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


async def line_of(stream: asyncio.StreamReader | None) -> str:
    assert stream is not None
    return (await stream.readline()).decode()


@pytest.mark.usefixtures("told")
async def test_every_event_and_whoever_acts_on_it_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    await ls()

    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["customer.registered", "v1", "customer", "order", "0", "0", "0", "-"] in rows
    assert ["notification", "0", "0", "0", "-"] in rows
    assert next(row for row in rows if row[:1] == [EVENTS])[1:] == ["0", "0", "B", "1", "GiB", "0%", "7", "d", "1", "-"]


async def test_what_is_not_finished_is_counted_with_since_when(told: Told, capsys: pytest.CaptureFixture[str]) -> None:
    await told.tell()
    [pulled] = await told.streams.pull(ORDER.name, 1, 20)
    await told.streams.again(pulled, 0)
    [pulled] = await told.streams.pull(ORDER.name, 1, 20)
    for _ in range(2):
        await told.tell()
    while await left_for(told.streams, ORDER.name) < 3:
        await asyncio.sleep(0.01)

    await ls(json=True)

    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    reading = next(row for row in rows if row.get("reader") == "order" and row["of"] == "customer.registered")
    assert (reading["pending"], reading["inFlight"], reading["redelivered"]) == (2, 1, 1)
    assert reading["oldest"][:23] == pulled.stored_at.isoformat()[:23]
    assert next(row for row in rows if row.get("stream") == EVENTS)["messages"] == 3


@pytest.mark.usefixtures("operator")
async def test_where_auth_made_nothing_yet_that_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    await ls()

    out = capsys.readouterr().out
    assert out.count("not there yet: auth makes it") == 2
    assert "no consumer yet: auth makes it" in out


async def test_events_are_shown_as_they_are_told(told: Told, operator: str) -> None:
    await told.tell(BOB)
    # What was told before says that it has begun.
    async with tailing(operator, "--since", "1h") as process:
        assert BOB in await line_of(process.stdout)
        id_ = str(uuid4())
        await told.tell(ADA, id_)

        line = (await line_of(process.stdout)).split()

    assert line[2:] == ["customer.registered", ADA, id_, "customer", TRACE, f'{{"customerId":"{ADA}"}}']


async def test_only_what_is_asked_for_is_shown(told: Told, operator: str) -> None:
    for who in (BOB, ADA, BOB):
        await told.tell(who)
    async with tailing(operator, "--since", "1h", "--event", "customer.registered", "--key", ADA, "--json") as process:
        first = json.loads(await line_of(process.stdout))
        await told.tell(BOB)
        await told.tell(ADA)
        second = json.loads(await line_of(process.stdout))

    assert (first["place"], second["place"]) == (2, 5)
    assert (first["key"], first["trace"], first["body"]) == (ADA, TRACE, {"customerId": ADA})


async def test_what_was_told_before_is_not_shown_unasked(told: Told, operator: str) -> None:
    await told.tell(BOB)
    async with tailing(operator) as process:
        shown = asyncio.create_task(line_of(process.stdout))
        # It says nothing before the first event, so what is told until then may be missed.
        while not shown.done():
            await told.tell(ADA)
            await asyncio.sleep(0.05)
        assert ADA in await shown


async def test_more_than_a_page_is_shown_in_order(told: Told, operator: str) -> None:
    for _ in range(250):
        await told.tell()
    async with tailing(operator, "--since", "1h", "--json") as process:
        places = [json.loads(await line_of(process.stdout))["place"] for _ in range(250)]

    assert places == list(range(1, 251))


async def test_a_ctrl_c_ends_it_without_a_fault(told: Told, operator: str) -> None:
    await told.tell()
    async with tailing(operator, "--since", "1h") as process:
        await line_of(process.stdout)
        process.send_signal(signal.SIGINT)

        _, err = await process.communicate()

    assert (process.returncode, err) == (130, b"")


async def test_whoever_reads_only_the_beginning_is_shown_no_fault(told: Told, operator: str) -> None:
    for _ in range(50):
        await told.tell()
    command = f"{sys.executable} -m flowctl events tail --since 1h | head -n 1"
    shell = await asyncio.create_subprocess_exec(
        *("bash", "-c", command), env=os.environ | {"NATS_URL": operator}, stdout=PIPE, stderr=PIPE
    )
    async with asyncio.timeout(WITHIN_S):
        out, err = await shell.communicate()

    assert (out.count(b"\n"), err) == (1, b"")


async def test_that_what_came_before_is_gone_is_told(told: Told, operator: str) -> None:
    for who in (BOB, ADA):
        await told.tell(who)
    async with tailing(operator, "--since", "1h") as process:
        assert BOB in await line_of(process.stdout)
        process.send_signal(signal.SIGINT)
        _, err = await process.communicate()
        assert b"is gone" not in err

    await told.streams.remove_up_to(EVENTS, 1)
    [oldest] = await told.streams.read(EVENTS)
    async with tailing(operator, "--since", "1h") as process:
        assert f"before {oldest.stored_at:%Y-%m-%d %H:%M:%S} is gone" in await line_of(process.stderr)
        assert ADA in await line_of(process.stdout)


async def test_nothing_is_missed_while_nats_is_away() -> None:
    async with NatsServer.temporary() as server, connected(server.url) as bus, streams_of(bus) as told:
        await told.tell(BOB)
        async with tailing(server.url, "--since", "1h") as process:
            assert BOB in await line_of(process.stdout)
            server.kill()
            await server.wait()
            assert "Waiting for it" in await line_of(process.stderr)
            await server.start()
            await until_back(bus)
            await told.tell(ADA)

            assert "it is back" in await line_of(process.stderr)
            assert ADA in await line_of(process.stdout)


async def until_back(bus: NatsBus) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not (bus.is_connected and await _answers(bus)):
            await asyncio.sleep(0.05)


async def _answers(bus: NatsBus) -> bool:
    try:
        await Streams(bus).info(EVENTS)
    except Exception:  # noqa: BLE001  whatever it is, it is asked again
        return False
    return True


async def test_all_is_given_again_to_a_service_that_was_restored_and_to_no_other(told: Told) -> None:
    for _ in range(3):
        await told.tell()
    for each in (ORDER, NOTIFICATION):
        for pulled in await told.streams.pull(each.name, 3, 20):
            await told.streams.done(pulled)

    await again("order", event="customer.registered", yes=True)
    assert not await Keeping(told.streams.bus, Declared.of(PARTICIPANTS, StreamOptions())).keep()

    assert (await told.streams.consumer(ORDER.name)).pending == 3
    assert (await told.streams.consumer(NOTIFICATION.name)).pending == 0


@pytest.mark.usefixtures("told")
async def test_nobody_is_given_all_again_unasked_nor_what_they_do_not_act_on() -> None:
    with pytest.raises(Failure, match="there is no terminal to ask at"):
        await again("order")
    with pytest.raises(Failure, match=r"order does not act on order\.created"):
        await again("order", event="order.created", yes=True)


async def test_a_reader_that_nobody_declares_any_more_is_forgotten(told: Told) -> None:
    config = {
        "durable_name": LEFT_OVER,
        "ack_policy": "explicit",
        "filter_subjects": ["event.customer.registered.v1.*"],
    }
    asked = json.dumps({"stream_name": EVENTS, "config": config}).encode()
    await told.streams.bus.request(f"$JS.API.CONSUMER.CREATE.{EVENTS}.{LEFT_OVER}", asked, within=20)
    assert (await told.streams.consumer(LEFT_OVER)).pending == 0

    await forget(LEFT_OVER, yes=True)

    with pytest.raises(NoSuchConsumer):
        await told.streams.consumer(LEFT_OVER)
    with pytest.raises(Failure, match=f"there is no reader {LEFT_OVER}"):
        await forget(LEFT_OVER, yes=True)


async def test_who_is_declared_is_not_forgotten_nor_anybody_unasked(told: Told) -> None:
    with pytest.raises(Failure, match=f"{ORDER.name} is declared, and auth would make it anew"):
        await forget(ORDER.name, yes=True)
    with pytest.raises(Failure, match="there is no terminal to ask at"):
        await forget(LEFT_OVER)
    for name in ("a.b", "*", "a b", ""):
        with pytest.raises(Failure, match="is no name of a reader"):
            await forget(name, yes=True)
    assert (await told.streams.consumer(ORDER.name)).pending == 0


async def test_an_event_nobody_announces_is_told_with_what_is_like_it() -> None:
    with pytest.raises(Failure, match=r"nobody announces customer\.registred; did you mean customer\.registered\?"):
        await tail(event="customer.registred")


@pytest.mark.usefixtures("operator")
async def test_without_a_stream_there_is_nothing_to_show() -> None:
    with pytest.raises(Failure, match="no stream yet: auth makes it"):
        await tail(since=timedelta(hours=1))


async def test_a_nats_that_is_away_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NATS_URL", f"nats://127.0.0.1:{free_port()}")

    for command in (ls(), tail()):
        with pytest.raises(Failure, match="no NATS answers"):
            await command


async def test_what_was_told_cannot_command_the_terminal(told: Told, operator: str) -> None:
    subject = customer.registered.subject_of(customer.CustomerRegistered(customer_id=ADA))
    await told.streams.publish(subject, b"\x1b[2J\x9b \xff", headers={}, within=20)
    async with tailing(operator, "--since", "1h") as process:
        line = await line_of(process.stdout)

    assert [each for each in line if not each.isprintable()] == ["\n"]
    assert subject in line
