"""Settings: the environment becomes one frozen value, or a list of everything wrong with it."""

from pathlib import Path
from typing import Annotated

import pytest
from flowkit.bus.nats import NatsOptions
from flowkit.process.settings import (
    BadSettings,
    DatabaseSettings,
    ReactingSettings,
    Row,
    Secret,
    ServiceSettings,
    describe,
    read,
    read_or_exit,
)
from msgspec import Meta, Struct

DATABASE = "postgresql://ada:hunter2@db:5432/admin"


class Sample(Struct, frozen=True, kw_only=True):
    port: Annotated[int, Meta(ge=1, le=65535)]
    token: Annotated[Secret, Meta(min_length=8, max_length=64)]
    origins: tuple[str, ...] = ()
    docs: bool = True
    ratio: Annotated[float, Meta(ge=0, le=1)] = 1.0
    password: Secret | None = None


def faults(settings: type[Struct], environ: dict[str, str]) -> dict[str, str]:
    with pytest.raises(BadSettings) as bad:
        read(settings, environ)
    return {problem.variable: problem.fault for problem in bad.value.problems}


@pytest.mark.parametrize(("concurrency", "connections"), [(1, 10), (6, 10), (30, 34)])
def test_reactions_take_no_connections_from_those_who_wait_for_an_answer(concurrency: int, connections: int) -> None:
    settings = read(ReactingSettings, {"DATABASE_URL": DATABASE, "EVENT_CONCURRENCY": str(concurrency)})

    assert settings.connections == connections
    assert settings.reactions.concurrency == concurrency


def test_each_field_is_read_from_the_variable_of_its_name() -> None:
    environ = {"PORT": "3001", "TOKEN": "a long token", "ORIGINS": "a.example, b.example", "DOCS": "false"}

    sample = read(Sample, environ)

    assert (sample.port, sample.token.reveal(), sample.docs) == (3001, "a long token", False)
    assert sample.origins == ("a.example", "b.example")


def test_what_is_not_given_keeps_its_default_and_empty_is_not_given() -> None:
    settings = read(ServiceSettings, {"OPS_PORT": "", "FLOW_CONCURRENCY": "8"})

    assert (settings.ops_port, settings.flow_concurrency, settings.log_format) == (9100, 8, None)


def test_every_fault_is_told_with_its_variable_what_it_expects_and_what_it_got() -> None:
    told = faults(Sample, {"PORT": "99999", "RATIO": "nan", "DOCS": "perhaps"})

    assert told == {
        "PORT": "expects an integer from 1 to 65535, got '99999'",
        "TOKEN": "missing, expects text of 8 to 64 characters",
        "DOCS": "expects true or false, got 'perhaps'",
        "RATIO": "expects a number from 0 to 1, got 'nan'",
    }


@pytest.mark.parametrize("given", ["3.5", "0x10", " 1", "one", "0", "-1", "99999999999999999999999"])
def test_a_port_that_is_none_is_refused(given: str) -> None:
    assert "PORT" in faults(Sample, {"PORT": given, "TOKEN": "long enough"})


def test_choices_are_read_whatever_their_case() -> None:
    assert read(ServiceSettings, {"LOG_LEVEL": "WARNING", "LOG_FORMAT": "Json"}).log_level == "warning"
    assert faults(ServiceSettings, {"LOG_FORMAT": "xml"})["LOG_FORMAT"] == "expects one of: json, pretty, got 'xml'"


def test_a_bad_secret_is_told_without_its_value() -> None:
    with pytest.raises(BadSettings) as bad:
        read(Sample, {"PORT": "1", "TOKEN": "hush"})

    assert "TOKEN" in str(bad.value)
    assert "hush" not in str(bad.value)


@pytest.mark.parametrize("start", ["http://ada:", "ada:", "nats://ada:slash/", "nats://ada:at@", "http://ada:/"])
def test_a_password_within_a_bad_url_is_not_shown(start: str) -> None:
    assert "hunter2" not in faults(ServiceSettings, {"NATS_URL": f"{start}hunter2@nats:4222"})["NATS_URL"]


@pytest.mark.parametrize("url", ["nats://n", "tls://[::1]:4222", "nats://a-token@n:1,nats://ada:p%40ss@m.example/"])
def test_what_names_a_nats_server_is_taken(url: str) -> None:
    assert NatsOptions(read(ServiceSettings, {"NATS_URL": url}).nats_url.reveal()).servers


def test_secrets_show_in_no_repr_of_the_settings() -> None:
    settings = read(DatabaseSettings, {"DATABASE_URL": DATABASE, "NATS_URL": "nats://ada:hunter3@nats:4222"})

    assert settings.database_url.reveal() == DATABASE
    assert "hunter" not in f"{settings!r}{settings}{settings.database_url}"


def test_a_secret_comes_from_a_file_without_its_last_line_break(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("from a file\n")

    assert read(Sample, {"PORT": "1", "TOKEN_FILE": str(path)}).token == Secret("from a file")


def test_a_variable_given_twice_is_a_fault(tmp_path: Path) -> None:
    told = faults(Sample, {"PORT": "1", "TOKEN": "by itself", "TOKEN_FILE": str(tmp_path)})

    assert told == {"TOKEN": "given twice, by itself and by TOKEN_FILE"}


@pytest.mark.parametrize("content", [None, b"", b"\n", b"\xff\xfe", b"x" * 70_000])
def test_a_file_that_gives_nothing_usable_is_a_fault(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "token"
    if content is not None:
        path.write_bytes(content)

    assert str(path) in faults(Sample, {"PORT": "1", "TOKEN_FILE": str(path)})["TOKEN"]


def test_a_program_with_bad_settings_says_so_and_exits_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        read_or_exit(DatabaseSettings, {"OPS_PORT": "high"})

    assert end.value.code == 2
    assert capsys.readouterr().err.splitlines() == [
        "These settings cannot be used:",
        "  OPS_PORT: expects an integer from 0 to 65535, got 'high'",
        "  DATABASE_URL: missing, expects postgresql://user:password@host:port/database",
    ]


def test_settings_describe_themselves_without_giving_a_secret_away() -> None:
    class Admin(DatabaseSettings, frozen=True, kw_only=True):
        root_admin_password: Secret = Secret("admin")

    rows = {row.variable: row for row in describe(Admin)}

    assert rows["FLOW_CONCURRENCY"] == Row("FLOW_CONCURRENCY", "an integer from 1 to 10000", "64")
    assert rows["DATABASE_URL"].default is None
    assert rows["ROOT_ADMIN_PASSWORD"].default == "[redacted]"
