"""auth: who a caller is, the sessions and tokens that prove it, and the keys that prove the tokens."""

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
# Opaque; shown here so that nobody takes it for a place to put a document.
AnyRefreshToken = Annotated[str, Meta(min_length=1, max_length=128, description="As login or refresh gave it.")]


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
    """Whom a session is opened for. `root` is a mark only admins can bear."""

    id: Id
    email: Email
    role: Role
    root: bool = False


class SignedIn(Reply):
    """A short-lived token to ask with, and another to get the next pair with."""

    token: str
    refresh_token: str
    expires_in: Annotated[int, Meta(ge=0, description="Seconds for which `token` is good.")]


class RefreshToken(Payload):
    refresh_token: AnyRefreshToken


class Leaving(Payload):
    """Of this session alone, or of every one the caller has."""

    all: bool = False


class Ended(Reply):
    """How many sessions have ended."""

    ended: int


class Session(Reply):
    id: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    client_address: str
    current: bool


class Sessions(Reply):
    """Those that are open, the latest first; nobody has more than a hundred."""

    items: tuple[Session, ...]


class Whose(Payload):
    id: Id
    role: Role


class SessionsToEnd(Payload):
    """Of somebody, all but the one to keep. Of whom is deleted, nothing of them is kept at all."""

    id: Id
    role: Role
    why: Literal["password_changed", "disabled", "deleted"]
    keep: Id | UnsetType = UNSET


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


class InvalidApiKey(Unauthorized):
    """Invalid API key"""


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
    raises=(NoToken, InvalidToken, InvalidApiKey, WrongRole),
    access=only("gateway", "operator"),
)
# Asking twice opens a second session, which ends unused.
issue = Command("api.v1.auth.issue", Subject, SignedIn, access=only("admin", "customer"), retry_safe=True)
end_sessions = Command(
    "api.v1.auth.endSessions", SessionsToEnd, Ended, access=only("admin", "customer"), retry_safe=True
)
me = Query("api.v1.auth.me", Nothing, Me, access=signed_in)
# For some seconds the same token is answered with the same successor.
refresh = Command("api.v1.auth.refresh", RefreshToken, SignedIn, raises=(InvalidToken,), retry_safe=True)
logout = Command("api.v1.auth.logout", Leaving, Ended, access=signed_in, retry_safe=True)
sessions = Query("api.v1.auth.sessions", Nothing, Sessions, access=signed_in)
sessions_of = Query("api.v1.auth.sessionsOf", Whose, Sessions, access=only("customer"))
rotate_keys = Command("api.v1.auth.rotateKeys", WhenToRotate, KeysInUse, access=only("operator"))
list_keys = Query("api.v1.auth.listKeys", Nothing, KeysInUse, access=only("operator"))
# Those on the bus who ask what is internal, and must prove who they are.
IDENTIFIED = ("gateway", "admin", "customer", "notification", "operator")
identities = {service: identify(service) for service in IDENTIFIED}

ALL = (
    validate,
    issue,
    public_keys,
    me,
    refresh,
    logout,
    sessions,
    sessions_of,
    end_sessions,
    rotate_keys,
    list_keys,
    *identities.values(),
)
