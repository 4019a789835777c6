"""Who a caller is, once that has been proven."""

from typing import Literal

from msgspec import Struct

Role = Literal["admin", "customer"]


class Identity(Struct, frozen=True, kw_only=True):
    id: str
    email: str
    role: Role
    root: bool = False
    # What vouches for it, a session or an API key: once that is revoked, this is believed no more.
    session: str = ""
    # The subjects an API key is limited to; none means all that the role may ask.
    contracts: tuple[str, ...] = ()

    @property
    def is_api_key(self) -> bool:
        """A machine client's: it vouches for itself."""
        return bool(self.session) and self.session == self.id
