"""admin: the people who run the system."""

from datetime import datetime

from flowkit.contract import (
    Command,
    Conflict,
    Email,
    Limit,
    NewPassword,
    PageNumber,
    Password,
    Payload,
    Query,
    Reply,
    Unauthorized,
    role,
    root,
)

from contracts.auth import SignedIn


class Credentials(Payload):
    email: Email
    password: Password


class NewAdmin(Payload):
    email: Email
    password: NewPassword


class AdminRef(Reply):
    id: str


class Page(Payload):
    page: PageNumber = 1
    limit: Limit = 10


class Admin(Reply):
    id: str
    email: str
    root: bool
    created_at: datetime


class AdminPage(Reply):
    items: tuple[Admin, ...]
    total: int
    page: int
    limit: int


class EmailTaken(Conflict):
    """Email already exists"""


class InvalidCredentials(Unauthorized):
    """Invalid credentials"""


# Asking twice opens a second session, which ends unused.
login = Command("api.v1.admin.login", Credentials, SignedIn, raises=(InvalidCredentials,), retry_safe=True)
create_admin = Command("api.v1.admin.createAdmin", NewAdmin, AdminRef, raises=(EmailTaken,), access=root, status=201)
get_list = Query("api.v1.admin.getList", Page, AdminPage, access=role("admin"))

ALL = (login, create_admin, get_list)
