"""The Docker Engine of this machine: whether it answers, and who removes what a killed run leaves behind."""

import json
import os
import socket
import subprocess

import psutil
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import Reaper

from tests.cluster.local import LOCAL

ANSWERS_WITHIN_S = 20
PULLED_WITHIN_S = 120

TO_DO = """\
Stories over containers need a Docker Engine (20.10 or newer) with Buildx and Compose, and none answers here:

    {reason}

Start one (Docker Desktop, or `systemctl start docker`), let this user reach it (group `docker`), and see that
`docker info` works; then run `make test-docker` again. `make test` runs the same stories without containers."""


_NEXT_RUN = "containers: the next run removes what a killed one leaves"
# Of everything a run makes, with its owner: host and process.
LABEL = "flow-gateway.stories"


def mine() -> dict[str, str]:
    """The label of what this process makes."""
    return {LABEL: f"{socket.gethostname()}:{os.getpid()}"}


class NoEngine(Exception):
    """No engine answers; the text says what to do."""


def require_engine() -> None:
    for command in (("docker", "info"), ("docker", "buildx", "version"), ("docker", "compose", "version")):
        if reason := _refusal(command):
            raise NoEngine(TO_DO.format(reason=f"{' '.join(command)}: {reason}"))


def settle_who_cleans_up() -> str:
    """testcontainers' own cleaner outlives a killed run; where it cannot be had, the next run cleans up."""
    if testcontainers_config.ryuk_disabled:
        return f"{_NEXT_RUN}: TESTCONTAINERS_RYUK_DISABLED is set"
    image = testcontainers_config.ryuk_image
    why = why_absent(image) or _start_cleaner()
    testcontainers_config.ryuk_disabled = bool(why)
    return f"{_NEXT_RUN}: {image}: {why}" if why else f"containers: {image} removes what a killed run leaves"


def why_absent(image: str) -> str:
    """Neither here nor given by a registry; nothing where it is here now."""
    return _refusal(("docker", "image", "inspect", image)) and _refusal(("docker", "pull", image), PULLED_WITHIN_S)


def _start_cleaner() -> str:
    """Why it would not start. Left to the first container, containers started side by side would each start one."""
    try:
        Reaper.get_instance()
    except Exception as fault:  # noqa: BLE001  whatever keeps it from starting, the stories can do without it
        Reaper.delete_instance()
        return str(fault)
    return ""


def remove_leftovers() -> None:
    """What a run on this host left, whose process is there no more."""
    _remove_abandoned(("docker", "ps", "--all"), ("docker", "rm", "--force", "--volumes"))
    _remove_abandoned(("docker", "network", "ls"), ("docker", "network", "rm"))


def _remove_abandoned(listing: tuple[str, ...], removal: tuple[str, ...]) -> None:
    asked = (*listing, "--filter", f"label={LABEL}", "--format", f'{{{{.ID}}}} {{{{.Label "{LABEL}"}}}}')
    told = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    owned = (line.split() for line in told.splitlines())
    if abandoned := [each for each, owner in owned if _is_gone(owner)]:
        # Another's cleaner may be at it already.
        subprocess.run((*removal, *abandoned), capture_output=True, check=False)


def _is_gone(owner: str) -> bool:
    host, _, pid = owner.rpartition(":")
    return host == socket.gethostname() and not psutil.pid_exists(int(pid))


def this_machine_for_containers() -> str:
    """Its address on the engine's own bridge; an engine in a machine of its own forwards to loopback."""
    asked = ("docker", "network", "inspect", "bridge")
    (bridge,) = json.loads(subprocess.run(asked, capture_output=True, check=True).stdout)
    addresses = psutil.net_if_addrs().get(bridge["Options"].get("com.docker.network.bridge.name"), ())
    return next((each.address for each in addresses if each.family is socket.AF_INET), LOCAL)


def _refusal(command: tuple[str, ...], within_s: float = ANSWERS_WITHIN_S) -> str:
    """Why it failed; nothing where it did not."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=within_s, check=False)
    except FileNotFoundError:
        return "there is no such command"
    except subprocess.TimeoutExpired:
        return f"no answer within {within_s:g} s"
    if done.returncode == 0:
        return ""
    return next(reversed(done.stderr.strip().splitlines()), f"exit code {done.returncode}")
