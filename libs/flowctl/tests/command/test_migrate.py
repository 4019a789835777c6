"""`flow migrate`: side by side, one line each, and no waiting for ever."""

from pathlib import Path

import pytest
from flowctl.cluster import SERVICES, Description, ServiceEntry
from flowctl.cluster.description import write
from flowctl.commands.migrate import migrate
from flowctl.failure import Failure
from flowctl.migration import Migration
from flowkit.servers import free_port
from rich.text import Text

from .running import STAND_INS

WITH_DATABASE = [spec for spec in SERVICES if spec.has_database]
NAMES = [spec.name for spec in WITH_DATABASE]
AUTH = next(spec for spec in WITH_DATABASE if spec.name == "auth")


class Told(list[str]):
    def __call__(self, text: Text | str) -> None:
        self.append(str(text))


@pytest.fixture
def described(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A cluster whose services stand in."""
    services = tuple(ServiceEntry(name=name, pid=1, ops_url="", database_url=f"postgresql://{name}") for name in NAMES)
    (tmp_path / ".flow").mkdir()
    write(Description(gateway_url="", nats_url="", services=services), tmp_path / ".flow/cluster.json")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("PYTHONPATH", str(STAND_INS))


@pytest.mark.usefixtures("described")
async def test_all_are_migrated_side_by_side(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "meeting").mkdir()
    monkeypatch.setenv("MEET_IN", str(tmp_path / "meeting"))
    monkeypatch.setenv("MEET", str(len(NAMES)))

    await migrate()

    lines = capsys.readouterr().out.splitlines()
    assert sorted(line.split(",")[0] for line in lines) == [f"{name} is done" for name in sorted(NAMES)]


@pytest.mark.usefixtures("described")
async def test_those_that_fail_are_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COMMANDS_FAIL", "1")

    with pytest.raises(Failure, match=f"not migrated: {', '.join(NAMES)}") as failure:
        await migrate()

    assert failure.value.code == 1
    assert "auth failed with code 1, after" in capsys.readouterr().out


@pytest.mark.usefixtures("described")
async def test_one_alone_may_be_migrated(capsys: pytest.CaptureFixture[str]) -> None:
    await migrate("auth")

    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["auth"]


@pytest.mark.usefixtures("described")
async def test_one_that_is_at_work_is_not_given_up() -> None:
    told = Told()

    assert await Migration(AUTH, "postgresql://auth", told, give_up_after_s=0).run() == 0
    assert told[-1].startswith("auth is done, after ")


@pytest.mark.parametrize("variable", ["LOG_LEVEL", "LOG_LEVEL_FILE"])
async def test_an_absent_database_is_told_and_given_up(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "error")
    told = Told()
    url = f"postgresql://someone:secret@127.0.0.1:{free_port()}/auth"

    assert await Migration(AUTH, url, told, give_up_after_s=0).run() == 1

    waiting, gave_up = told
    assert waiting.startswith("auth │ ")
    assert "warning waiting for the database" in waiting
    assert gave_up.startswith("auth gave up: no database within 0 s, after ")
    assert "secret" not in "".join(told)
