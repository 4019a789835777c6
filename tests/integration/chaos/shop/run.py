"""A run of rounds: in each somebody is struck while customers register and order, and then they are served again."""

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from flowctl.cluster import Cluster
from httpx import HTTPError

from tests.cluster import Running
from tests.cluster.local import processes
from tests.integration.chaos.system import true_within

from .aim import Aim
from .history import History, Kind
from .nemesis import WELL_WITHIN_S, Strike
from .overheard import Overheard
from .quiet import Quiet
from .shoppers import Shoppers, shop_client

TRACED: Final[tuple[Kind, ...]] = ("registration", "order")


@dataclass(slots=True)
class Run:
    cluster: Cluster
    running: Running
    shoppers: Shoppers
    quiet: Quiet
    overheard: Overheard
    drains: list[float] = field(default_factory=list[float])

    @property
    def history(self) -> History:
        return self.shoppers.history

    @classmethod
    @asynccontextmanager
    async def begun(
        cls, history: History, seed: int, environ: Mapping[str, str], *, durable: bool
    ) -> AsyncGenerator["Run"]:
        chance = random.Random(seed)  # noqa: S311  a seed makes the run the same again
        async with (
            processes(environ, durable=durable) as (cluster, running),
            Quiet.watching(running) as quiet,
            shop_client(running.gateway_url) as http,
        ):
            overheard = Overheard(quiet.streams, running.log)
            yield cls(cluster, running, Shoppers(http, history, chance), quiet, overheard)

    async def round(self, strike: Strike) -> str:
        """How it went, in a line; over once those who came after all was well were served."""
        began, place = time.monotonic(), len(self.history.operations)
        await self.shoppers.arrive()
        async with self.shoppers.shopping():
            await asyncio.sleep(strike.after_s)
            await Aim(self.history, self.quiet.streams).at(strike.parts)
            self.history.strike(strike.how, strike.parts)
            await strike.hit(self.cluster)
            well_s = await self._well_after(strike)
            await self._served_again(strike)
        await self._well_after(strike)
        made = sum(each.fate == "acknowledged" for each in self.history.operations[place:])
        return f"{strike}, well {well_s:.1f} s later, {made} acknowledged; {time.monotonic() - began:.1f} s"

    async def be_quiet(self) -> None:
        self.drains.append(await self.quiet.drained())

    async def _well_after(self, strike: Strike) -> float:
        """The seconds since it was struck."""
        await true_within(WELL_WITHIN_S, self._is_well, f"all is well again after {strike}")
        return time.time() - self.history.strikes[-1].at

    async def _served_again(self, strike: Strike) -> None:
        place = len(self.history.operations)

        async def are_served() -> bool:
            return self.history.made_since(place, TRACED)

        await true_within(WELL_WITHIN_S, are_served, f"those who came after {strike} are served")

    async def _is_well(self) -> bool:
        """Asks one after the other: those who start need the processors."""
        for each in (process for group in self.cluster.processes.values() for process in group):
            if each.ops_url and not await each.is_ready():
                return False
        try:
            return (await self.shoppers.http.get("/api/v1/healthcheck")).is_success
        except HTTPError:
            return False
