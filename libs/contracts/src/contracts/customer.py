"""customer: the people the system serves."""

from datetime import datetime
from typing import Literal

from flowkit.contract import (
    Command,
    Conflict,
    Email,
    Event,
    Fact,
    Forbidden,
    Id,
    Limit,
    Name,
    NewEmail,
    NewPassword,
    NotFound,
    PageNumber,
    Password,
    Payload,
    Query,
    Reply,
    Unauthorized,
    only,
    role,
)
from msgspec import UNSET, UnsetType

from contracts.auth import Ended, SignedIn
from contracts.notification import Notification
from contracts.order import Order
from contracts.payment import Payment

Status = Literal["active", "disabled"]


class NewCustomer(Payload):
    email: NewEmail
    password: NewPassword
    first_name: Name
    last_name: Name


class CustomerRef(Reply):
    id: str


class Credentials(Payload):
    email: Email
    password: Password


class WhichCustomer(Payload):
    id: Id


class Changes(Payload):
    """What to change of a customer; what is left out stays as it is."""

    id: Id
    email: NewEmail | UnsetType = UNSET
    first_name: Name | UnsetType = UNSET
    last_name: Name | UnsetType = UNSET


class PasswordChange(Payload):
    current_password: Password
    new_password: NewPassword


class StatusChange(Payload):
    id: Id
    status: Status


class WhichExport(Payload):
    """`before` asks for the page after the one whose `next` it was."""

    id: Id
    before: Id | UnsetType = UNSET


class Page(Payload):
    page: PageNumber = 1
    limit: Limit = 10


class Customer(Reply):
    id: str
    email: str
    first_name: str
    last_name: str
    created_at: datetime
    updated_at: datetime
    # Said of who is not active alone: what the first clients read has not changed.
    status: Status | UnsetType = UNSET


class CustomerStatus(Reply):
    id: str
    status: Status


class Trail(Reply):
    """One thing that a customer did, or that was done to them. Of staff their role alone is told."""

    at: datetime
    service: str
    action: str
    outcome: str
    by_role: str
    by_yourself: bool
    client_network: str | None
    trace_id: str | None
    times: int


class OpenSession(Reply):
    id: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    client_address: str


class CustomerExport(Reply):
    """All that is kept of a customer, by every service. While one of them cannot be asked there is none.

    What they ordered, what was paid, what they were told and the trail come a page at a time, the newest first; the
    rest with each page.
    """

    exported_at: datetime
    customer: Customer
    sessions: tuple[OpenSession, ...]
    orders: tuple[Order, ...]
    payments: tuple[Payment, ...]
    notifications: tuple[Notification, ...]
    trail: tuple[Trail, ...]
    next: str | UnsetType = UNSET


class CustomerPage(Reply):
    items: tuple[Customer, ...]
    total: int
    page: int
    limit: int


class Contact(Reply):
    """Where they are written to: asked for when that is done, and kept nowhere else."""

    email: str
    first_name: str


class CustomerRegistered(Fact):
    customer_id: Id


class EmailTaken(Conflict):
    """Email already exists"""


class InvalidCredentials(Unauthorized):
    """Invalid credentials"""


class WrongPassword(Forbidden):
    """Invalid credentials"""


class NoSuchCustomer(NotFound):
    """Customer not found"""


register = Command("api.v1.customer.register", NewCustomer, CustomerRef, raises=(EmailTaken,), status=201)
# Asking twice opens a second session, which ends unused.
login = Command("api.v1.customer.login", Credentials, SignedIn, raises=(InvalidCredentials,), retry_safe=True)
get_list = Query("api.v1.customer.getList", Page, CustomerPage, access=role("admin"))
get = Query(
    "api.v1.customer.get",
    WhichCustomer,
    Customer,
    raises=(NoSuchCustomer,),
    access=role("admin", "customer"),
)
export = Query(
    "api.v1.customer.export",
    WhichExport,
    CustomerExport,
    raises=(NoSuchCustomer,),
    access=role("admin", "customer"),
)
update = Command(
    "api.v1.customer.update",
    Changes,
    Customer,
    raises=(NoSuchCustomer, EmailTaken),
    access=role("admin", "customer"),
)
delete = Command(
    "api.v1.customer.delete",
    WhichCustomer,
    CustomerRef,
    raises=(NoSuchCustomer,),
    access=role("admin", "customer"),
)
change_password = Command(
    "api.v1.customer.changePassword", PasswordChange, Ended, raises=(WrongPassword,), access=role("customer")
)
set_status = Command(
    "api.v1.customer.setStatus",
    StatusChange,
    CustomerStatus,
    raises=(NoSuchCustomer,),
    access=role("admin"),
    retry_safe=True,
)
contact = Query(
    "api.v1.customer.contact", WhichCustomer, Contact, raises=(NoSuchCustomer,), access=only("notification")
)

ALL = (register, login, get_list, get, export, update, delete, change_password, set_status, contact)

registered = Event("customer.registered", CustomerRegistered, key=lambda told: told.customer_id)
