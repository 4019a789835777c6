"""The first administrator's password: given, or made on the first start and told once."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from flowctl.cluster.environment import given_root_password

EMAIL = "admin@local"


@dataclass(frozen=True, slots=True)
class RootAdmin:
    """`marker` lies beside the data, so that new data have a new root admin."""

    marker: Path
    password: str | None
    is_given: bool

    @classmethod
    def of(cls, environ: Mapping[str, str], marker: Path) -> Self:
        if given := given_root_password(environ):
            return cls(marker, given, is_given=True)
        return cls(marker, None if marker.exists() else secrets.token_urlsafe(12), is_given=False)

    def remember(self) -> None:
        self.marker.touch(mode=0o600)
