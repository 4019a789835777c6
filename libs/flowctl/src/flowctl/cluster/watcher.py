"""Whoever wants to know what happens in the cluster."""

from typing import Protocol


class Watcher(Protocol):
    def line(self, process: str, line: bytes) -> None:
        """A process has written a line."""
        ...

    def tell(self, text: str) -> None:
        """The cluster itself has something to say."""
        ...


class Silent:
    def line(self, process: str, line: bytes) -> None: ...

    def tell(self, text: str) -> None: ...
