"""What an entry says of a call, and what it does not."""

import pytest
from flowkit.audit import Entry
from flowkit.audit.entry import network_of
from flowkit.testing.calls import a_call, someone


def test_an_entry_says_who_from_where_and_in_which_request() -> None:
    call = a_call(someone("admin"))
    call.client_address, call.trace_id, call.request_id = "203.0.113.9", "4b" * 16, "r-1"

    entry = Entry.of(call, "customer.delete", "customer", "c-1")

    assert (entry.action, entry.outcome, entry.subject_kind, entry.subject) == (
        "customer.delete",
        "OK",
        "customer",
        "c-1",
    )
    assert (entry.actor_role, entry.actor) == ("admin", call.user.id)
    assert (entry.client_network, entry.trace_id, entry.request_id) == ("203.0.113.0/24", "4b" * 16, "r-1")


def test_nobody_is_anyone_until_somebody_is_recognised() -> None:
    entry = Entry.of(a_call(), "customer.login", "customer", "c-1", refused="UNAUTHORIZED")

    assert (entry.actor_role, entry.actor, entry.outcome) == ("anyone", None, "UNAUTHORIZED")
    assert (entry.by("customer", "c-1").actor_role, entry.by("customer", "c-1").actor) == ("customer", "c-1")


def test_an_email_in_the_clients_own_request_id_is_not_kept() -> None:
    call = a_call()
    call.request_id = "ada@example.org Bearer abc"

    assert Entry.of(call, "customer.login").request_id == "[email] Bearer [redacted]"


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("", None),
        ("a.b.c.d", None),
    ],
)
def test_of_an_address_its_network_is_kept(address: str, network: str | None) -> None:
    assert network_of(address) == network
