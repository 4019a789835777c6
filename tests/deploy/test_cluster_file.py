"""What deploy/ says of the services agrees with what they say themselves."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from flowctl.cluster import SERVICES, ServiceSpec
from flowkit.process.hashing import HashingSettings
from flowkit.process.settings import ServiceSettings, describe
from gateway_service.settings import Settings as GatewaySettings
from msgspec.structs import fields

from tests.docs.settings_table import OWN

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "deploy" / "compose"
DATABASE_URL = "/run/database/url"
# What a service takes with nothing to do, measured: bench/README.md.
IDLE_MIB = 67


def file(name: str) -> dict[str, Any]:
    return yaml.safe_load((COMPOSE / name).read_text())["services"]


def default(settings: type[HashingSettings], name: str) -> int:
    return next(field.default for field in fields(settings) if field.name == name)


def test_every_service_there_is_is_in_the_file() -> None:
    built = {name: each["build"]["args"]["SERVICE"] for name, each in file("cluster.yaml").items() if "build" in each}

    assert built == {spec.name: spec.name for spec in SERVICES}


@pytest.mark.parametrize("spec", SERVICES, ids=lambda spec: spec.name)
def test_a_service_that_stores_is_given_its_database_and_waits_for_it(spec: ServiceSpec) -> None:
    services = file("cluster.yaml")
    service, chore = services[spec.name], services["databases"]

    told = service["environment"].get("DATABASE_URL_FILE")
    assert told == (DATABASE_URL if spec.has_database else None)
    assert (f"{spec.name}-database:/run/database:ro" in service.get("volumes", [])) == spec.has_database
    assert (f"{spec.name}-database:/databases/{spec.name}" in chore["volumes"]) == spec.has_database
    assert ("databases" in service["depends_on"]) == spec.has_database


@pytest.mark.parametrize("spec", SERVICES, ids=lambda spec: spec.name)
def test_a_service_has_a_place_of_its_own_for_what_outlives_it(spec: ServiceSpec) -> None:
    services, dockerfile = file("cluster.yaml"), (COMPOSE / "Dockerfile").read_text()
    folder = services[spec.name]["environment"]["BLACK_BOX_DIR"]

    assert f"{spec.name}-box:{folder}" in services[spec.name]["volumes"]
    assert [name for name, each in services.items() if f"{spec.name}-box:" in str(each.get("volumes"))] == [spec.name]
    assert re.search(rf"install -d -m 0700 -o 10001 -g 10001 {folder}$", dockerfile, re.MULTILINE)


def test_auth_alone_is_given_the_key_that_private_keys_are_sealed_under() -> None:
    services = file("cluster.yaml")
    script = (ROOT / "deploy" / "auth" / "encryption-key.sh").read_text()

    told = {name: dict(each.get("environment", {})).get("KEYS_ENCRYPTION_KEY_FILE") for name, each in services.items()}
    assert {name: told for name, told in told.items() if told} == {"auth": "/run/keys/encryption-key"}
    assert "/run/keys/encryption-key\n" in script
    mounted = {name for name, each in services.items() if any("encryption-key:" in v for v in each.get("volumes", []))}
    assert mounted == {"auth", "auth-encryption-key"}
    assert "auth-encryption-key" in services["auth"]["depends_on"]


@pytest.mark.parametrize("spec", SERVICES, ids=lambda spec: spec.name)
def test_nobody_is_killed_before_the_time_it_may_take_to_stop(spec: ServiceSpec) -> None:
    grace = int(file("cluster.yaml")[spec.name]["stop_grace_period"].removesuffix("s"))

    assert grace > max(ServiceSettings().longest_stop_s, GatewaySettings().longest_stop_s) + 2


@pytest.mark.parametrize("spec", SERVICES, ids=lambda spec: spec.name)
def test_there_is_room_for_the_passwords_hashed_at_once(spec: ServiceSpec) -> None:
    limit = int(file("cluster.yaml")[spec.name]["mem_limit"].removesuffix("m"))

    hashing = default(HashingSettings, "password_threads") * default(HashingSettings, "password_memory_mib")
    assert limit > 1.5 * (IDLE_MIB + hashing)


def test_nothing_of_the_cluster_waits_for_what_watches_it() -> None:
    cluster, watching = file("cluster.yaml"), file("observability.yaml")

    assert not cluster.keys() & watching.keys()
    assert {other for each in cluster.values() for other in each.get("depends_on", {})} <= cluster.keys()


def test_every_image_is_pinned_in_one_file() -> None:
    pinned = dict(re.findall(r"^(\w+)=(.+)$", (COMPOSE / "images.env").read_text(), re.MULTILINE))
    services = {**file("cluster.yaml"), **file("observability.yaml")}

    others = {each["image"] for each in services.values() if "build" not in each}
    assert others <= {f"${{{name}}}" for name in pinned}
    assert all(re.search(r":v?\d+\.\d+", image) for image in pinned.values())


def test_the_image_of_python_is_the_same_without_compose() -> None:
    dockerfile, pinned = (COMPOSE / "Dockerfile").read_text(), (COMPOSE / "images.env").read_text()

    (default_image,) = re.findall(r"^ARG (PYTHON_IMAGE=.+)$", dockerfile, re.MULTILINE)
    assert default_image in pinned.splitlines()
    assert set(re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)) - {"uv", "runtime"} == {"${PYTHON_IMAGE}"}


FIXED = {
    *("HOST", "PORT", "OPS_HOST", "OPS_PORT", "LOG_FORMAT"),  # what the image and the published ports go by
    *("LOSSY_DATABASE", "EVENTS_REPLICAS"),  # the one PostgreSQL and the one NATS that are there
    *("STOP_TIMEOUT_S", "DRAIN_GRACE_MS"),  # what stop_grace_period is measured by
}


@pytest.mark.parametrize("spec", SERVICES, ids=lambda spec: spec.name)
def test_whatever_a_service_can_be_told_can_be_said_to_compose(spec: ServiceSpec) -> None:
    told = {name.removesuffix("_FILE") for name in file("cluster.yaml")[spec.name]["environment"]}

    assert {row.variable for row in describe(OWN[spec.name])} - told <= FIXED
