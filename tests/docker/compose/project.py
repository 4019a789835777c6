"""A Compose project of a test's own: the root file, on free ports, gone at the end with all it stored."""

import asyncio
import json
import secrets
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flowctl import cluster as flowctl

from tests.cluster.containers.images import ROOT

from .engine import Container, Failed, docker, left_of, remove_images
from .ports import neighbours
from .stand_ins import COLLECTOR, absent_of, override

FILE = ROOT / "compose.yaml"
SERVICES = tuple(spec.name for spec in flowctl.SERVICES)
GATEWAY_PORT, OPS_PORT = 3001, 9100
MOST_GATEWAYS = 2
TRIES = 3
SETTLED_WITHIN_S = 5.0
# Pulling and building too, where that is still to be done.
UP_WITHIN_S, DOWN_WITHIN_S = 900.0, 60.0


class Unhealthy(Failed):
    """A container is there, and its health check says that it is not well."""


@dataclass(frozen=True, slots=True)
class Project:
    name: str
    files: tuple[Path, ...]
    environ: Mapping[str, str] = field(repr=False)
    absent: frozenset[str] = frozenset()
    """Services of the file whose images are not to be had here."""

    async def compose(self, *arguments: str, within_s: float = DOWN_WITHIN_S) -> str:
        files = [each for file in self.files for each in ("--file", str(file))]
        return await docker("compose", "-p", self.name, *files, *arguments, environ=self.environ, within_s=within_s)

    async def up(self, **scale: int) -> None:
        """Started and healthy, each service in as many containers as are named, or one."""
        scaled = [each for name, count in scale.items() for each in ("--scale", f"{name}={count}")]
        for _ in range(TRIES - 1):
            with suppress(Unhealthy):
                return await self._up(scaled)
        return await self._up(scaled)

    async def _up(self, scaled: Sequence[str]) -> None:
        """Compose gives up on who was late with three answers; on a busy machine it is well a moment later."""
        try:
            await self.compose("up", "--detach", "--wait", *scaled, within_s=UP_WITHIN_S)
        except Failed as fault:
            raise Unhealthy(str(fault)) if "is unhealthy" in str(fault) else fault from None

    @asynccontextmanager
    async def scaled(self, **scale: int) -> AsyncGenerator[None]:
        await self.up(**scale)
        try:
            yield
        finally:
            await self.up()

    async def config(self) -> dict[str, Any]:
        return json.loads(await self.compose("config", "--format", "json"))

    async def services(self) -> set[str]:
        return set((await self.config())["services"])

    async def containers(self, *services: str) -> Sequence[Container]:
        """In the order of their names; all where none is named."""
        found = await Container.all_of(self.name)
        return sorted((each for each in found if not services or each.service in services), key=lambda each: each.name)

    async def container(self, service: str) -> Container:
        (container,) = await self.containers(service)
        return container

    async def gateway_url(self) -> str:
        return f"http://{(await self.containers('gateway'))[0].published(GATEWAY_PORT)}"

    async def lines(self, container: Container) -> list[dict[str, Any]]:
        """Those of its log that are JSON."""
        told = await self.said(container)
        return [json.loads(line) for line in told.splitlines() if line.startswith("{")]

    async def said(self, container: Container) -> str:
        return await docker("logs", container.id)

    async def last_words(self) -> str:
        return await self.compose("logs", "--no-color", "--tail", "8")

    async def read(self, container: Container, file: str) -> str:
        return await self.run_in(container, "python", "-c", f"print(open({file!r}).read())")

    async def run_in(self, container: Container, *command: str) -> str:
        return await docker("exec", container.id, *command)


@asynccontextmanager
async def started(folder: Path, environ: Mapping[str, str] | None = None) -> AsyncGenerator[Project]:
    """Everything that can be had here; what cannot is told in `absent`."""
    project = await _prepared(folder, environ or {})
    try:
        await project.compose("build", within_s=UP_WITHIN_S)
        await project.up()
        yield project
    except Failed as fault:
        fault.add_note(await project.last_words())
        raise
    finally:
        await project.compose("down", "--volumes", "--remove-orphans")
        await remove_images(project.name)
        await _gone(project.name)


async def _prepared(folder: Path, environ: Mapping[str, str]) -> Project:
    name = f"flow-test-{secrets.token_hex(4)}"
    gateways, ops, grafana = neighbours(MOST_GATEWAYS), neighbours(MOST_GATEWAYS), neighbours(1)
    ports = {"GATEWAY_PORT": gateways, "OPS_PORTS": ops, "GRAFANA_PORT": grafana}
    # A tag of its own: Compose labels an image with its project, and whatever is run from it counts as the project's.
    told = {"TAG": name, "RATE_LIMITS": "off", **ports, **environ}
    services = (await Project(name, (FILE,), told).config())["services"]
    absent = await absent_of(services)
    file = override(services, absent, folder / f"{name}.yaml")
    return Project(name, (FILE, file), told, absent - {COLLECTOR})


async def _gone(name: str) -> None:
    """Nothing is left; the engine may take a moment for what it was told to remove."""
    async with asyncio.timeout(SETTLED_WITHIN_S):
        while await left_of(name):
            await asyncio.sleep(0.25)
