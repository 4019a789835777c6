"""admin: the people who run the system."""

from datetime import datetime
from typing import Literal

from flowkit.contract import (
    Command,
    Conflict,
    Email,
    Forbidden,
    Id,
    Limit,
    NewPassword,
    NotFound,
    PageNumber,
    Password,
    Payload,
    Query,
    Reply,
    Unauthorized,
    role,
    root,
)
from msgspec import UNSET, UnsetType

from contracts.auth import Ended, SignedIn

Status = Literal["active", "disabled"]


class Credentials(Payload):
    email: Email
    password: Password


class NewAdmin(Payload):
    email: Email
    password: NewPassword


class AdminRef(Reply):
    id: str


class PasswordChange(Payload):
    current_password: Password
    new_password: NewPassword


class StatusChange(Payload):
    id: Id
    status: Status


class Page(Payload):
    page: PageNumber = 1
    limit: Limit = 10


class Admin(Reply):
    id: str
    email: str
    root: bool
    created_at: datetime
    # Said of who is not active alone: what the first clients read has not changed.
    status: Status | UnsetType = UNSET


class AdminStatus(Reply):
    id: str
    status: Status


class AdminPage(Reply):
    items: tuple[Admin, ...]
    total: int
    page: int
    limit: int


class EmailTaken(Conflict):
    """Email already exists"""


class InvalidCredentials(Unauthorized):
    """Invalid credentials"""


class WrongPassword(Forbidden):
    """Invalid credentials"""


class NoSuchAdmin(NotFound):
    """Admin not found"""


class RootStays(Conflict):
    """The root admin cannot be disabled"""


# Asking twice opens a second session, which ends unused.
login = Command("api.v1.admin.login", Credentials, SignedIn, raises=(InvalidCredentials,), retry_safe=True)
create_admin = Command("api.v1.admin.createAdmin", NewAdmin, AdminRef, raises=(EmailTaken,), access=root, status=201)
get_list = Query("api.v1.admin.getList", Page, AdminPage, access=role("admin"))
change_password = Command(
    "api.v1.admin.changePassword", PasswordChange, Ended, raises=(WrongPassword,), access=role("admin")
)
set_status = Command(
    "api.v1.admin.setStatus",
    StatusChange,
    AdminStatus,
    raises=(NoSuchAdmin, RootStays),
    access=root,
    retry_safe=True,
)

ALL = (login, create_admin, get_list, change_password, set_status)
