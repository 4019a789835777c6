"""A store that says when something was committed to it."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from notification_service.ports import Store, Transaction


@dataclass(frozen=True, slots=True)
class WakingStore:
    """What an event had put down is sent at once; the sender's own poll finds whatever this could not tell of."""

    store: Store
    wake: Callable[[], None]

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Transaction]:
        async with self.store.transaction() as tx:
            yield tx
        self.wake()
