"""admin's settings."""

from typing import Annotated

from flowkit.process.hashing import HashingSettings
from flowkit.process.settings import Secret
from msgspec import Meta


class Settings(HashingSettings, frozen=True, kw_only=True):
    root_admin_password: Annotated[Secret, Meta(min_length=1, max_length=128)] | None = None
    """Of the root admin when it is first made; without it one is made up."""

    @property
    def root_password(self) -> str | None:
        return None if self.root_admin_password is None else self.root_admin_password.reveal()
