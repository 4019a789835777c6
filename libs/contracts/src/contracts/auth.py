"""auth: who a caller is, the tokens that prove it, and the keys that prove the tokens."""

from datetime import datetime
from typing import Annotated, Literal

from flowkit.contract import (
    Command,
    Email,
    Forbidden,
    Id,
    Nothing,
    Payload,
    Query,
    Reply,
    Role,
    Unauthorized,
    only,
    signed_in,
)
from flowkit.contract.badge import identify
from flowkit.contract.keys import public_keys
from msgspec import UNSET, Meta, UnsetType

# An Ed25519 token of ours is under 500 characters; 4096 leaves room and keeps the check cheap.
Token = Annotated[str, Meta(max_length=4096)]


class TokenToValidate(Payload):
    token: Token
    required_role: Role | UnsetType = UNSET


class Validated(Reply):
    """The caller behind a token, and the signed identity services believe for some minutes."""

    id: str
    email: str
    role: Role
    root: bool | UnsetType = UNSET
    identity: str


class Subject(Payload):
    """Whom a token is made for. `root` is a mark only admins can bear."""

    id: Id
    email: Email
    role: Role
    root: bool = False


class Issued(Reply):
    token: str


class Me(Reply):
    id: str
    email: str
    role: Role
    root: bool | UnsetType = UNSET


class WhenToRotate(Payload):
    """At once is for a key that others may have: whatever any other key signed is believed no more."""

    at_once: bool = False


class KeyInUse(Reply):
    kid: str
    signs_from: datetime
    use: Literal["signs next", "signs", "verifies"]


class KeysInUse(Reply):
    """The newest first."""

    keys: tuple[KeyInUse, ...]


class InvalidToken(Unauthorized):
    """Invalid token"""


class NoToken(Unauthorized):
    """No token provided"""


class WrongRole(Forbidden):
    """Insufficient permissions"""


validate = Query(
    "api.v1.auth.validate",
    TokenToValidate,
    Validated,
    raises=(NoToken, InvalidToken, WrongRole),
    access=only("gateway", "operator"),
)
issue = Command("api.v1.auth.issue", Subject, Issued, access=only("admin", "customer"), retry_safe=True)
me = Query("api.v1.auth.me", Nothing, Me, access=signed_in)
rotate_keys = Command("api.v1.auth.rotateKeys", WhenToRotate, KeysInUse, access=only("operator"))
list_keys = Query("api.v1.auth.listKeys", Nothing, KeysInUse, access=only("operator"))
# Those on the bus who ask what is internal, and must prove who they are.
IDENTIFIED = ("gateway", "admin", "customer", "operator")
identities = {service: identify(service) for service in IDENTIFIED}

ALL = (validate, issue, public_keys, me, rotate_keys, list_keys, *identities.values())
