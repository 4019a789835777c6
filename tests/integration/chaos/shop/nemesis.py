"""Who strikes: at what and how is drawn from a seed, so that a run can be made again."""

import asyncio
import random
from dataclasses import dataclass
from typing import Final, Literal

from flowctl.cluster import Cluster
from flowctl.cluster.process import Process

type How = Literal["kill", "freeze"]

# The relays live in customer, order and payment; a server is killed with all its children.
PARTS: Final = ("gateway", "auth", "customer", "order", "payment", "notification", "nats", "postgres")
FREEZING, TWO_AT_ONCE = 0.15, 0.25
LOADED_S, HELD_S, AFTERWARDS_S = (1.0, 3.0), (0.5, 2.5), (1.0, 3.0)
WELL_WITHIN_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Strike:
    parts: tuple[str, ...]
    how: How
    after_s: float
    held_s: float
    afterwards_s: float

    def __str__(self) -> str:
        return f"{self.how} {' and '.join(self.parts)}"

    async def hit(self, cluster: Cluster) -> None:
        """Return once nothing more is done by us; who was killed is started again by the cluster itself."""
        processes = [process for part in self.parts for process in cluster.processes[part]]
        for process in processes:
            process.kill() if self.how == "kill" else process.freeze()
        await self._let_go(processes)

    async def _let_go(self, processes: list[Process]) -> None:
        if self.how == "freeze":
            try:
                await asyncio.sleep(self.held_s)
            finally:
                for process in processes:
                    process.thaw()


def plan(seed: int, rounds: int) -> list[Strike]:
    """Each part is struck before any is struck again; a second one may be, with it."""
    chance = random.Random(seed)  # noqa: S311  a seed makes the run the same again
    due: list[str] = []
    strikes: list[Strike] = []
    for _ in range(rounds):
        due = due or chance.sample(PARTS, len(PARTS))
        first = due.pop()
        others = [part for part in PARTS if part != first]
        parts = (first, chance.choice(others)) if chance.random() < TWO_AT_ONCE else (first,)
        how: How = "freeze" if chance.random() < FREEZING else "kill"
        times = [chance.uniform(*span) for span in (LOADED_S, HELD_S, AFTERWARDS_S)]
        strikes.append(Strike(parts, how, *times))
    return strikes
