"""The image of each service: what is in it, what it may do, and how it ends."""

import json
from collections.abc import AsyncGenerator
from errno import EROFS
from importlib.metadata import version

import pytest
from flowctl import cluster as flowctl
from flowkit.process.settings import CLOSING_S, ServiceSettings
from packaging.utils import canonicalize_name

from tests.cluster.containers import ContainerCluster, Containers
from tests.cluster.metrics import figures
from tests.integration.chaos.stopping import refuse_a_stop_cut_short

from . import distributions

SERVICES = tuple(spec.name for spec in flowctl.SERVICES)
WRITE = """
import os
for folder in ("/", "/tmp", "/var/tmp", "/srv", os.getcwd(), os.path.expanduser("~")):
    try:
        open(os.path.join(folder, "written"), "w")
        print(0)
    except OSError as fault:
        print(fault.errno)
"""
NEEDED = "flowkit.service"
# One process for all: to start it costs more than what it does.
IMPORT = f"""
import importlib
for name in ("pytest", "pip", "flowctl", "flowkit.servers.nats", "testcontainers", {NEEDED!r}):
    try:
        importlib.import_module(name)
        print(name)
    except ImportError:
        pass
"""
# Told to one line each: every file of the image that holds a private key, or that only a checkout or a cluster has.
SECRETS = """
import os, re
KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\\s+[A-Za-z0-9+/=]{32}")
OF_A_CHECKOUT = {".env", ".flow", ".git", "cluster.json", "users.conf", "encryption-key", "uv.lock"}
device = os.stat("/").st_dev
for folder, folders, files in os.walk("/"):
    folders[:] = [each for each in folders if os.lstat(os.path.join(folder, each)).st_dev == device]
    for name in {*folders, *files} & OF_A_CHECKOUT:
        print(os.path.join(folder, name))
    for path in (os.path.join(folder, name) for name in files):
        if os.path.isfile(path) and os.access(path, os.R_OK) and KEY.search(open(path, "rb").read()):
            print(path)
"""


@pytest.fixture(scope="module")
async def fleet(containers: Containers) -> AsyncGenerator[ContainerCluster]:
    """One that may be ended."""
    async with containers.started() as running:
        yield containers.behind(running)


async def output_of(fleet: ContainerCluster, name: str, script: str) -> str:
    code, output = await fleet.containers[name].run("python", "-c", script)
    assert code == 0, output
    return output


@pytest.mark.parametrize("name", SERVICES)
async def test_a_service_runs_as_nobody_in_particular_and_can_gain_nothing(fleet: ContainerCluster, name: str) -> None:
    known = await fleet.containers[name].inspect()

    assert known["Config"]["User"] == "10001:10001"
    status = await output_of(fleet, name, "print(open('/proc/1/status').read())")
    facts = {key: value.split() for key, _, value in (line.partition(":") for line in status.splitlines())}
    assert facts["Uid"] == facts["Gid"] == ["10001"] * 4
    assert {facts[kind][0] for kind in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
    assert facts["NoNewPrivs"] == ["1"]


@pytest.mark.parametrize("name", SERVICES)
async def test_a_service_serves_with_nothing_to_write_on(fleet: ContainerCluster, name: str) -> None:
    faults = (await output_of(fleet, name, WRITE)).split()

    assert faults == [str(EROFS)] * 6
    ready = await figures(fleet.running.service(name).ops_url)
    assert ready.total("nats_connected") == 1


@pytest.mark.parametrize("name", SERVICES)
async def test_an_image_holds_what_its_service_needs_and_no_more(fleet: ContainerCluster, name: str) -> None:
    told = json.loads(await output_of(fleet, name, distributions.TELL))

    installed = {canonicalize_name(each) for each in told["installed"]}
    assert installed == distributions.needed(f"{name}-service", told["environment"])


@pytest.mark.parametrize("name", SERVICES)
async def test_what_only_developers_need_is_not_there(fleet: ContainerCluster, name: str) -> None:
    there = await output_of(fleet, name, IMPORT)

    assert there.split() == [NEEDED]


@pytest.mark.parametrize("name", SERVICES)
async def test_an_image_holds_no_secret(fleet: ContainerCluster, name: str) -> None:
    assert await output_of(fleet, name, SECRETS) == ""


async def test_a_secret_in_a_container_is_found(fleet: ContainerCluster) -> None:
    planted = "-----BEGIN PRIVATE KEY-----\n" + "MIGHAgEAMBMGByqGSM49" * 4
    plant = f"open('/dev/shm/planted', 'w').write({planted!r}); "

    found = await output_of(fleet, "auth", plant + SECRETS.replace('os.walk("/")', 'os.walk("/dev/shm")'))

    assert found.split() == ["/dev/shm/planted"]  # noqa: S108  it is there, since nothing else can be written on


@pytest.mark.parametrize("name", SERVICES)
async def test_a_service_tells_the_version_its_package_has(fleet: ContainerCluster, name: str) -> None:
    told = await figures(fleet.running.service(name).ops_url)

    assert told.total("service_info", service=name, version=version(f"{name}-service")) == 1


@pytest.mark.parametrize("name", SERVICES)
async def test_told_to_stop_a_service_finishes_and_ends_with_0(fleet: ContainerCluster, name: str) -> None:
    """The last of all: from here on there is no cluster."""
    code = await fleet.containers[name].stop(within_s=round(ServiceSettings().stop_timeout_s + 2 * CLOSING_S))

    assert code == 0
    refuse_a_stop_cut_short(name, fleet.log.lines[name])
    assert fleet.log.unreadable == []
