"""`flow call` and `flow ls`, over a real NATS and a service of the test's own."""

import asyncio
import io
import json
import re
import sys
from collections.abc import AsyncGenerator
from functools import partial
from pathlib import Path

import pytest
from flowctl.app import build
from flowctl.cluster.description import Description, write
from flowctl.commands.call import call
from flowctl.commands.ls import ls
from flowctl.failure import Failure
from flowkit.bus import Bus, Message
from flowkit.servers import NatsServer, free_port
from flowkit.testing.calls import someone
from structlog.testing import capture_logs

from .lamps import TOKEN, lamps


@pytest.fixture
async def served(bus: Bus, nats_server: NatsServer, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[None]:
    monkeypatch.setenv("NATS_URL", nats_server.url)
    monkeypatch.setattr("flowctl.presence.QUIET_S", 1.0)
    with capture_logs():
        async with lamps(bus):
            yield


@pytest.mark.usefixtures("served")
async def test_a_call_shows_status_trace_steps_and_data(capsys: pytest.CaptureFixture[str]) -> None:
    await call("lamp.look", '{"name": "kitchen"}')

    heading, *steps = (told := capsys.readouterr().out).split("{")[0].splitlines()
    assert re.fullmatch(r"200  \d+\.\d ms  [0-9a-f]{32}", heading)
    assert steps == ["  Looking at the lamp", "  SUCCESS"]
    assert json.loads(told[told.index("{") :]) == {"name": "kitchen", "by": "nobody"}


@pytest.mark.usefixtures("served")
async def test_a_call_in_someones_name_carries_their_identity(capsys: pytest.CaptureFixture[str]) -> None:
    await call("lamp.switch", token=TOKEN)

    assert someone("customer").email in capsys.readouterr().out


@pytest.mark.usefixtures("served")
async def test_a_token_that_is_not_good_is_told() -> None:
    with pytest.raises(Failure, match="the token is not good: Invalid token"):
        await call("lamp.switch", token="stolen")


@pytest.mark.usefixtures("served")
@pytest.mark.parametrize(
    ("payload", "told"),
    [
        ('{"name": "cellar"}', ["409 CONFLICT", "The lamp is broken"]),
        ('{"lamp": 1}', ["400 VALIDATION_ERROR", "Invalid input", "  lamp: Unknown field"]),
    ],
)
async def test_an_error_is_told_and_ends_with_1(
    capsys: pytest.CaptureFixture[str], payload: str, told: list[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        await call("lamp.switch", payload, token=TOKEN)

    assert ended.value.code == 1
    out = capsys.readouterr().out
    assert [words for words in told if words not in out] == []


@pytest.mark.usefixtures("served")
async def test_where_nobody_listens_the_like_are_named() -> None:
    with pytest.raises(Failure, match=r"nobody listens on lamp\.lok; did you mean lamp\.look"):
        await call("lamp.lok")


@pytest.mark.usefixtures("served")
@pytest.mark.parametrize("payload", ["{name: hall}", "\udcff"])
async def test_what_is_no_json_is_not_sent(payload: str) -> None:
    with pytest.raises(Failure, match="not JSON") as failure:
        await call("lamp.look", payload)

    assert failure.value.code == 2


@pytest.mark.parametrize("within", ["0", "-1", "nan", "301"])
async def test_a_time_nobody_can_keep_is_refused(within: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        await build().run_async(["call", "lamp.look", f"--within={within}"])

    assert ended.value.code == 2
    assert "up to 300 seconds" in capsys.readouterr().err


@pytest.mark.usefixtures("served")
async def test_a_dash_reads_stdin(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'{"name": "attic"}')))

    await build().run_async(["call", "lamp.look", "-", "--raw"], result_action="return_value")

    assert json.loads(capsys.readouterr().out)["data"]["name"] == "attic"


@pytest.mark.usefixtures("served")
async def test_a_reply_that_is_not_ours_is_shown_as_it_is(bus: Bus, capsys: pytest.CaptureFixture[str]) -> None:
    telling = set[asyncio.Task[None]]()

    def answer(message: Message) -> None:
        telling.add(asyncio.ensure_future(bus.publish(message.reply, b"just words \x1b[2J")))

    await bus.subscribe("words", answer)
    await bus.flush(within=20)

    await call("words")

    assert capsys.readouterr().out == "just words �[2J\n"


@pytest.mark.usefixtures("served")
async def test_a_flow_that_does_not_answer_is_not_waited_for_longer(bus: Bus) -> None:
    await bus.subscribe("silence", lambda _: None)
    await bus.flush(within=20)

    with pytest.raises(Failure, match=r"silence did not answer within 0\.2 s"):
        await call("silence", within=0.2)


@pytest.mark.usefixtures("served")
async def test_a_listing_has_every_flow_and_its_figures(capsys: pytest.CaptureFixture[str]) -> None:
    await call("lamp.look")
    with pytest.raises(SystemExit):
        await call("lamp.look", "[]")
    capsys.readouterr()

    await ls()

    rows = [line.split() for line in capsys.readouterr().out.splitlines() if "lamp" in line or "validate" in line]
    service, _, _, *look = rows[0]
    assert (service, look[:3]) == ("lamps", ["lamp.look", "2", "1"])
    assert [row[0] for row in rows[1:]] == ["lamp.switch", "api.v1.auth.validate"]


@pytest.mark.usefixtures("served")
async def test_a_listing_passes_over_strangers_and_their_commands(bus: Bus, capsys: pytest.CaptureFixture[str]) -> None:
    telling = set[asyncio.Task[None]]()

    def answer(words: bytes, message: Message) -> None:
        telling.add(asyncio.ensure_future(bus.publish(message.reply, words)))

    await bus.subscribe("$SRV.STATS", partial(answer, b"just words"))
    stranger = b'{"name": "[bold]\\u001b[2J", "id": "x", "version": "1", "endpoints": [{"subject": "a"}]}'
    await bus.subscribe("$SRV.STATS", partial(answer, stranger))
    await bus.flush(within=20)

    await ls()

    listed = capsys.readouterr().out
    assert "[bold]�[2J" in listed
    assert "lamp.switch" in listed


@pytest.mark.usefixtures("served")
async def test_a_listing_tells_who_leaves_a_flow_alone(bus: Bus, capsys: pytest.CaptureFixture[str]) -> None:
    telling = set[asyncio.Task[None]]()
    circuits = b'{"circuit:lamp.look": "open", "circuit:lamp.gone": "half open", "colour": "green"}'
    caller = b'{"name": "gateway", "id": "0123456789", "version": "1", "metadata": ' + circuits + b"}"

    def answer(message: Message) -> None:
        telling.add(asyncio.ensure_future(bus.publish(message.reply, caller)))

    await bus.subscribe("$SRV.STATS", answer)
    await bus.flush(within=20)

    await ls()

    listed = capsys.readouterr().out.splitlines()
    assert [line.split()[-4:] for line in listed if "lamp.look" in line] == [["open", "at", "gateway", "01234567"]]
    assert [line for line in listed if "lamp.switch" in line and "at gateway" in line] == []
    assert "nobody answers lamp.gone: half open at gateway 01234567" in listed


async def test_a_nats_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"nats://127.0.0.1:{free_port()}"
    monkeypatch.setenv("NATS_URL", url)

    with pytest.raises(Failure, match=f"no NATS answers at {url}"):
        await ls()


async def test_where_no_cluster_is_that_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("NATS_URL", raising=False)
    monkeypatch.chdir(tmp_path)

    with pytest.raises(Failure, match="no cluster runs here"):
        await ls()


async def test_the_cluster_of_a_folder_above_is_found(
    monkeypatch: pytest.MonkeyPatch, nats_server: NatsServer, tmp_path: Path
) -> None:
    (tmp_path / ".flow").mkdir()
    described = Description(gateway_url="http://127.0.0.1:3001", nats_url=nats_server.url, services=())
    write(described, tmp_path / ".flow/cluster.json")
    (tmp_path / "deep/down").mkdir(parents=True)
    monkeypatch.delenv("NATS_URL", raising=False)
    monkeypatch.chdir(tmp_path / "deep/down")

    with pytest.raises(Failure, match="NATS is there, but no service answers"):
        await ls()
