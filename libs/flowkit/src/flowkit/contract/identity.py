"""Who a caller is, once that has been proven."""

from typing import Literal

from msgspec import Struct

Role = Literal["admin", "customer"]


class Identity(Struct, frozen=True, kw_only=True):
    id: str
    email: str
    role: Role
    root: bool = False
