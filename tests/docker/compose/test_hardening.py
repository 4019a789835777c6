"""What each container of the cluster may do, and what of it the world can reach."""

import pytest

from .project import SERVICES, Project

REACHED = {"gateway", "grafana"}
CLUSTER = (*SERVICES, "nats", "postgres", "superuser", "databases", "bus")


async def test_the_world_reaches_the_gateway_and_grafana_on_loopback_alone(project: Project) -> None:
    services = (await project.config())["services"]

    ports = {name: each["ports"] for name, each in services.items() if each.get("ports")}
    assert ports.keys() == REACHED & services.keys()
    assert {port["host_ip"] for published in ports.values() for port in published} == {"127.0.0.1"}


@pytest.mark.parametrize("service", CLUSTER)
async def test_a_container_can_write_nothing_and_gain_nothing(project: Project, service: str) -> None:
    may = (await project.container(service)).told["HostConfig"]

    assert may["ReadonlyRootfs"]
    assert may["CapDrop"] == ["ALL"]
    assert not may["CapAdd"]
    assert not may["Privileged"]
    assert may["SecurityOpt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("service", [*SERVICES, "nats", "postgres"])
async def test_a_container_has_its_bounds_and_comes_back_when_it_falls(project: Project, service: str) -> None:
    bounds = (await project.container(service)).told["HostConfig"]

    assert bounds["Memory"] > 0
    assert bounds["PidsLimit"] > 0
    assert bounds["RestartPolicy"]["Name"] == "unless-stopped"
    assert bounds["LogConfig"]["Config"] == {"max-size": "10m", "max-file": "3"}


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_is_asked_how_it_is(project: Project, service: str) -> None:
    container = await project.container(service)

    assert container.is_well
    assert container.told["State"]["Health"]["Status"] == "healthy"


async def test_nothing_is_kept_in_a_volume_without_a_name(project: Project) -> None:
    """`docker compose down` leaves such a one behind, and nobody ever finds out whose it was."""
    mounts = [(each.name, mount) for each in await project.containers() for mount in each.told["Mounts"]]

    kept = {(name, mount["Name"]) for name, mount in mounts if mount["Type"] == "volume"}
    assert kept
    assert {(name, volume) for name, volume in kept if not volume.startswith(f"{project.name}_")} == set()
