"""Commands of Docker's, and what they tell of a container."""

import asyncio
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

QUICK_S = 30.0
LAST_LINES = 10
PULLED_WITHIN_S = 300.0


class Failed(Exception):
    """A command of Docker's ended with something else than 0, or not in time; the text is what it said."""


async def docker(*arguments: str, environ: Mapping[str, str] | None = None, within_s: float = QUICK_S) -> str:
    """What it wrote on stdout; for `logs` on both."""
    pipe, told = asyncio.subprocess.PIPE, os.environ | dict(environ or {})
    process = await asyncio.create_subprocess_exec("docker", *arguments, env=told, stdout=pipe, stderr=pipe)
    try:
        async with asyncio.timeout(within_s):
            out, err = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.communicate()
        raise Failed(f"docker {' '.join(arguments)}: not done within {within_s:g} s") from None
    if process.returncode:
        said = (err or out).decode().strip().splitlines()[-LAST_LINES:]
        raise Failed("\n".join([f"docker {' '.join(arguments)}", *said]))
    return (out + err if arguments[0] == "logs" else out).decode()


async def is_to_be_had(image: str) -> bool:
    """It is here, or a registry gives it."""
    return await _succeeds("image", "inspect", image) or await _succeeds("pull", image, within_s=PULLED_WITHIN_S)


async def _succeeds(*arguments: str, within_s: float = QUICK_S) -> bool:
    try:
        await docker(*arguments, within_s=within_s)
    except Failed:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Container:
    """As it was when it was asked for."""

    id: str
    told: Mapping[str, Any]

    @classmethod
    async def all_of(cls, project: str) -> "Sequence[Container]":
        listed = await docker("ps", "--all", "--quiet", "--no-trunc", "--filter", _label(project))
        ids = listed.split()
        return [cls(each["Id"], each) for each in json.loads(await docker("inspect", *ids))] if ids else []

    async def now(self) -> "Container":
        (told,) = json.loads(await docker("inspect", self.id))
        return Container(self.id, told)

    @property
    def name(self) -> str:
        return str(self.told["Name"]).removeprefix("/")

    @property
    def service(self) -> str:
        return str(self.told["Config"]["Labels"]["com.docker.compose.service"])

    @property
    def exit_code(self) -> int:
        return int(self.told["State"]["ExitCode"])

    @property
    def pid(self) -> int:
        return int(self.told["State"]["Pid"])

    @property
    def is_well(self) -> bool:
        """It runs, and where it has a health check, that says so."""
        state = self.told["State"]
        return state["Running"] and state.get("Health", {"Status": "healthy"})["Status"] == "healthy"

    @property
    def was_out_of_memory(self) -> bool:
        return bool(self.told["State"]["OOMKilled"])

    def published(self, port: int) -> str:
        """Where this machine reaches that port of the container's."""
        (binding,) = self.told["NetworkSettings"]["Ports"][f"{port}/tcp"]
        return f"{binding['HostIp']}:{binding['HostPort']}"


async def left_of(project: str) -> list[str]:
    """Every container, network and volume that bears the project's name."""
    kinds = ("container", "ls", "--all"), ("network", "ls"), ("volume", "ls")
    found = [await docker(*kind, "--quiet", "--filter", _label(project)) for kind in kinds]
    return " ".join(found).split()


async def remove_images(tag: str) -> None:
    named = (await docker("image", "ls", "--quiet", "--filter", f"reference=*:{tag}")).split()
    if named:
        await docker("image", "rm", "--force", *named)


def _label(project: str) -> str:
    return f"label=com.docker.compose.project={project}"
