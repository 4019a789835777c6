"""One container: started in a thread, its lines heard as they come, its end awaited, gone when removed."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

from testcontainers.core.container import DockerContainer
from testcontainers.core.network import Network

from .engine import mine

KEPT_LINES = 200
LONGEST_LINE = 1 << 22
READY_WITHIN_S = 60.0
HOST = "127.0.0.1"


class NeverReady(Exception):
    """A container ended or stayed silent before it said what was waited for; the text holds its last lines."""


class Engines(Protocol):
    """What is used of docker-py's container, which is untyped."""

    attrs: dict[str, Any]

    def reload(self) -> None: ...
    def stop(self, *, timeout: int) -> None: ...
    def wait(self) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """`name` is the one it has on the network; `options` are those of `docker run`, as docker-py spells them.

    `ready` is what it says, in this order, once it can be used."""

    name: str
    image: str
    ready: tuple[str, ...]
    ports: tuple[int, ...] = ()
    environ: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    command: tuple[str, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict[str, bytes], repr=False)
    tmpfs: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(slots=True)
class Container:
    recipe: Recipe
    network: Network
    on_line: Callable[[bytes], None] = field(default=lambda _: None)
    last_lines: deque[str] = field(default_factory=lambda: deque[str](maxlen=KEPT_LINES))
    _docker: DockerContainer = field(init=False)
    _starting: asyncio.Task[DockerContainer] | None = field(default=None, init=False)
    _logs: asyncio.subprocess.Process | None = field(default=None, init=False)
    _hearing: asyncio.Task[None] | None = field(default=None, init=False)
    _news: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    def __post_init__(self) -> None:
        made = DockerContainer(self.recipe.image, command=cast("str", list(self.recipe.command) or None))
        made.with_envs(**self.recipe.environ).with_exposed_ports(*self.recipe.ports)
        made.with_network(self.network).with_network_aliases(self.recipe.name)
        for path, content in self.recipe.files.items():
            made.with_copy_into_container(content, path)
        for path in self.recipe.tmpfs:
            made.with_tmpfs_mount(path)
        self._docker = made.with_kwargs(labels=mine(), **self.recipe.options)

    @property
    def id(self) -> str:
        return self._docker.get_container_id()

    async def start(self) -> None:
        """Return when it has said that it can be used."""
        self._starting = asyncio.create_task(asyncio.to_thread(self._docker.start))
        await asyncio.shield(self._starting)
        self._logs = await asyncio.create_subprocess_exec(
            *("docker", "logs", "--follow", self.id),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=LONGEST_LINE,
        )
        assert self._logs.stdout is not None
        self._hearing = asyncio.create_task(self._hear(self._logs.stdout), name=f"hearing {self.recipe.name}")
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                await self._ready(self._hearing)
        except TimeoutError:
            raise self._never_ready(f"was not ready within {READY_WITHIN_S:g} s") from None

    def address(self, port: int) -> str:
        """Where this machine finds that port of it."""
        return f"{HOST}:{self._docker.get_docker_client().port(self.id, port)}"

    async def inspect(self) -> dict[str, Any]:
        """All that the engine knows of it."""
        await asyncio.to_thread(self._engines.reload)
        return self._engines.attrs

    async def run(self, *command: str) -> tuple[int, str]:
        """Exit code and output of one more process in it."""
        done = await asyncio.to_thread(self._docker.exec, list(command))
        return done.exit_code or 0, done.output.decode()

    async def stop(self, within_s: int) -> int:
        """Ask it to end, and after that time no longer ask; its exit code."""
        await asyncio.to_thread(self._engines.stop, timeout=within_s)
        ended = await asyncio.to_thread(self._engines.wait)
        if self._hearing is not None:
            await self._hearing
        return int(ended["StatusCode"])

    async def remove(self) -> None:
        if self._starting is not None:
            # Half started, it would be nobody's.
            await asyncio.wait([self._starting])
        await asyncio.to_thread(self._docker.stop)
        if self._logs is not None:
            with contextlib.suppress(ProcessLookupError):
                self._logs.terminate()
            await self._logs.wait()
        if self._hearing is not None:
            await self._hearing

    async def _hear(self, output: asyncio.StreamReader) -> None:
        async for line in output:
            self.last_lines.append(line.decode(errors="replace").rstrip())
            self.on_line(line.rstrip(b"\n"))
            self._news.set()
        self._news.set()

    async def _ready(self, hearing: asyncio.Task[None]) -> None:
        while not _in_order(self.recipe.ready, self.last_lines):
            if hearing.done():
                raise self._never_ready("ended before it was ready")
            self._news.clear()
            await self._news.wait()

    def _never_ready(self, how: str) -> NeverReady:
        return NeverReady("\n".join([f"{self.recipe.name} {how}; its last lines:", *self.last_lines]))

    @property
    def _engines(self) -> Engines:
        return cast("Engines", self._docker.get_wrapped_container())


def _in_order(wanted: tuple[str, ...], lines: deque[str]) -> bool:
    rest = iter(lines)
    return all(any(text in line for line in rest) for text in wanted)
