"""API keys, which auth keeps: how machine clients are let in."""

from datetime import datetime
from typing import Annotated

from flowkit.contract import (
    Command,
    Conflict,
    Forbidden,
    Id,
    Limit,
    Name,
    NotFound,
    PageNumber,
    Payload,
    Query,
    Reply,
    Role,
    role,
)
from msgspec import UNSET, Meta, UnsetType

ContractName = Annotated[
    str, Meta(max_length=100, pattern=r"^[A-Za-z0-9]+(\.[A-Za-z0-9]+)*(?!\n)$", examples=["api.v1.customer.get"])
]


class NewApiKey(Payload):
    """A key for a machine client: it may do what its role may, or of that only what `contracts` lists."""

    name: Name
    role: Role
    root: bool = False
    contracts: Annotated[tuple[ContractName, ...], Meta(min_length=1, max_length=50)] | UnsetType = UNSET
    expires_in_days: Annotated[int, Meta(ge=1, le=3650)] | UnsetType = UNSET


class MadeApiKey(Reply):
    """`key` is shown this once: what is stored does not tell it."""

    id: str
    key: str


class WhichApiKey(Payload):
    id: Id


class ApiKeyRef(Reply):
    id: str


class Page(Payload):
    page: PageNumber = 1
    limit: Limit = 10


class ApiKey(Reply):
    """`last_used_at` is true to the minute."""

    id: str
    name: str
    role: Role
    root: bool
    contracts: tuple[str, ...]
    made_by: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class ApiKeyPage(Reply):
    items: tuple[ApiKey, ...]
    total: int
    page: int
    limit: int


class MoreThanYours(Forbidden):
    """Insufficient permissions"""


class NoSuchApiKey(NotFound):
    """API key not found"""


class NoSuchContract(NotFound):
    """No such contract"""


class RootIsAnAdmins(Conflict):
    """Only an admin's key can be root"""


make = Command(
    "api.v1.auth.makeApiKey",
    NewApiKey,
    MadeApiKey,
    raises=(MoreThanYours, NoSuchContract, RootIsAnAdmins),
    access=role("admin"),
    status=201,
)
get_list = Query("api.v1.auth.listApiKeys", Page, ApiKeyPage, access=role("admin"))
revoke = Command(
    "api.v1.auth.revokeApiKey",
    WhichApiKey,
    ApiKeyRef,
    raises=(MoreThanYours, NoSuchApiKey),
    access=role("admin"),
)

ALL = (make, get_list, revoke)
