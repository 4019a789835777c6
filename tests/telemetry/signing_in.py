"""A customer signs in: the request whose spans most tests look at."""

from httpx import AsyncClient, Response

from tests.cluster import People, Person
from tests.cluster.people import PASSWORD

from .receiver import Receiver
from .spans import Span

LOGIN = "/api/v1/customer/login"
SIGN_IN = [
    "SERVER gateway POST /api/v1/customer/login",
    "  CLIENT gateway request api.v1.customer.login",
    "    SERVER customer api.v1.customer.login",
    "      CLIENT customer request api.v1.auth.issue",
    "        SERVER auth api.v1.auth.issue",
]


def trace_of(answer: Response) -> str:
    return answer.headers["x-trace-id"]


def one(spans: list[Span], name: str) -> Span:
    (found,) = [span for span in spans if span.name == name]
    return found


async def signed_in(http: AsyncClient, people: People, receiver: Receiver, **headers: str) -> list[Span]:
    """The spans of a customer's sign-in."""
    return await sign_in(await people.new_customer(), http, receiver, **headers)


async def sign_in(ada: Person, http: AsyncClient, receiver: Receiver, **headers: str) -> list[Span]:
    answer = await http.post(LOGIN, json={"email": ada.email, "password": PASSWORD}, headers=headers)
    assert answer.status_code == 200
    return await receiver.trace(trace_of(answer), len(SIGN_IN))
