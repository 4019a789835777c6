"""Where a run's clusters come from."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from .running import Running


class Starter(Protocol):
    """What a test lets listen on `listen_on`, the services of a cluster find at `known_as`."""

    @property
    def listen_on(self) -> str: ...

    @property
    def known_as(self) -> str: ...

    def started(self, environ: Mapping[str, str] | None = None) -> AbstractAsyncContextManager[Running]:
        """A whole cluster, each service told `environ` too; gone at the end with all it stored."""
        ...
