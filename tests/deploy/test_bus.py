"""What deploy/ says of the bus is what the contracts say."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from contracts.bus import PARTICIPANTS
from flowctl.cluster import SERVICES
from flowctl.commands.bus import users
from flowkit.bus.users import names

ROOT = Path(__file__).parents[2]


def cluster() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "deploy/compose/cluster.yaml").read_text())["services"]


def test_the_users_of_nats_are_those_of_the_contracts(capsys: pytest.CaptureFixture[str]) -> None:
    users()

    assert (ROOT / "deploy/nats/users.conf").read_text() == capsys.readouterr().out, (
        "flow bus users > deploy/nats/users.conf"
    )


def test_each_user_is_given_a_password_and_each_service_its_own_alone() -> None:
    services = cluster()

    given = {volume.partition(":")[0]: volume.partition(":")[2] for volume in services["bus"]["volumes"]}
    assert {inside for inside in given.values() if inside.startswith("/users/")} == {
        f"/users/{name}" for name in names(PARTICIPANTS)
    }
    for spec in SERVICES:
        assert given[f"{spec.name}-bus"] == f"/users/{spec.name}"
        assert [each for each in services[spec.name]["volumes"] if "-bus:" in each] == [f"{spec.name}-bus:/run/bus:ro"]
        assert services[spec.name]["environment"]["NATS_URL_FILE"] == "/run/bus/url"


def test_every_service_has_its_place_on_the_bus() -> None:
    assert {spec.name for spec in SERVICES} == {each.name for each in PARTICIPANTS if each.serves}


def test_nats_does_not_start_before_it_knows_its_users() -> None:
    assert cluster()["nats"]["depends_on"] == {"bus": {"condition": "service_completed_successfully"}}
