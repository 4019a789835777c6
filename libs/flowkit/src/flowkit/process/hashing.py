"""The password hashing of a service: its settings, its threads, its figures."""

from typing import Annotated

from msgspec import Meta

from flowkit.process.host import Host
from flowkit.process.settings import DatabaseSettings
from flowkit.security import passwords
from flowkit.security.passwords import PasswordOptions, PasswordPool
from flowkit.telemetry import names


class HashingSettings(DatabaseSettings, frozen=True, kw_only=True):
    """Those of a service that keeps passwords; docs/decisions/passwords.md says what they weigh against each other."""

    password_memory_mib: Annotated[int, Meta(ge=19, le=4096)] = 46
    password_time_cost: Annotated[int, Meta(ge=1, le=100)] = 1
    password_threads: Annotated[int, Meta(ge=1, le=64)] = 2
    password_line: Annotated[int, Meta(ge=1, le=10_000)] = 32
    password_refusal_ms: Annotated[int, Meta(ge=0, le=4000)] = 400

    @property
    def hashing(self) -> PasswordOptions:
        return PasswordOptions(
            memory_mib=self.password_memory_mib,
            time_cost=self.password_time_cost,
            threads=self.password_threads,
            line=self.password_line,
            refusal=self.password_refusal_ms / 1000,
        )


async def open_passwords[Settings: HashingSettings](host: Host[Settings]) -> PasswordPool:
    pool = await host.open("the hashing threads", passwords.pool(host.settings.hashing))
    host.metrics.watch(names.HASHING_RUNNING, lambda: pool.running)
    host.metrics.watch(names.HASHING_WAITING, lambda: pool.waiting)
    return pool
