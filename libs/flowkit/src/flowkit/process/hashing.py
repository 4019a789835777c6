"""The settings of a service that keeps passwords."""

from typing import Annotated

from msgspec import Meta

from flowkit.process.settings import DatabaseSettings
from flowkit.security.passwords import PasswordOptions


class HashingSettings(DatabaseSettings, frozen=True, kw_only=True):
    """docs/decisions/passwords.md says what they weigh against each other."""

    password_memory_mib: Annotated[int, Meta(ge=19, le=4096)] = 46
    password_time_cost: Annotated[int, Meta(ge=1, le=100)] = 1
    password_threads: Annotated[int, Meta(ge=1, le=64)] = 2
    password_line: Annotated[int, Meta(ge=1, le=10_000)] = 32
    password_refusal_ms: Annotated[int, Meta(ge=0, le=4000)] = 1200
    login_failures_per_address: Annotated[int, Meta(ge=1, le=1_000_000)] = 50

    @property
    def hashing(self) -> PasswordOptions:
        return PasswordOptions(
            memory_mib=self.password_memory_mib,
            time_cost=self.password_time_cost,
            threads=self.password_threads,
            line=self.password_line,
        )
