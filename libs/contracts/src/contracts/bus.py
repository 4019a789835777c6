"""The bus: who answers what, who asks whom, who tells and who hears. The server's permissions are made of this."""

from collections.abc import Mapping
from typing import Any

from flowkit.contract import DEAD_LETTERS, EVENTS, Contract, Participant, callers_of, faults
from flowkit.contract.consumer import EVERY_AGAIN
from flowkit.contract.health import health_of
from flowkit.contract.keys import public_keys
from flowkit.contract.revoked import sessions_revoked
from flowkit.contract.serving import serving

from contracts import admin, api_keys, audit, auth, customer, gateway, health, notification, order, payment

OPERATOR = "operator"

_SERVED = {
    "gateway": (*health.ALL, health_of("gateway")),
    "auth": (*auth.ALL, *api_keys.ALL, audit.auth, health_of("auth")),
    "admin": (*admin.ALL, audit.admin, health_of("admin")),
    "customer": (*customer.ALL, audit.customer, health_of("customer")),
    "order": (*order.ALL, health_of("order")),
    "payment": (*payment.ALL, health_of("payment")),
    "notification": (*notification.ALL, health_of("notification")),
}
_EVERY = tuple(contract for served in _SERVED.values() for contract in served)


def _for_clients(*contracts: Contract[Any, Any]) -> tuple[Contract[Any, Any], ...]:
    """Those a route may lead to; the keys are the services' own affair."""
    return tuple(each for each in contracts if each.access.is_routable and each is not public_keys)


def _for_the_operator(*contracts: Contract[Any, Any]) -> tuple[Contract[Any, Any], ...]:
    """All but what is between services."""
    return tuple(each for each in contracts if each.access.is_routable or OPERATOR in each.access.services)


_KEPT_OF_A_CUSTOMER = (
    auth.sessions_of,
    audit.auth,
    order.orders_of,
    payment.payments_of,
    notification.notifications_of,
)
_HEARD_BY_ALL = (sessions_revoked, serving)
# Where faults may be injected; elsewhere nobody makes use of it.
_READS_FAULTS, _HEARS_FAULTS = (faults.DIRECT_GET,), (faults.EVERY,)
_PLANS_FAULTS = (faults.DIRECT_GET, faults.EVERY)
# Who makes a stream says what it records, passwords and replies too: nobody may but who makes all tokens anyway.
_KEEPS_FAULTS = (faults.CREATE,)
_KEEPS_STREAMS = (
    *(f"$JS.API.STREAM.{what}.{stream}" for what in ("CREATE", "UPDATE", "INFO") for stream in (EVENTS, DEAD_LETTERS)),
    f"$JS.API.CONSUMER.CREATE.{EVENTS}.*",
    f"$JS.API.CONSUMER.INFO.{EVENTS}.*",
    # Where it fills: who reads, what is the next of each, and out with what precedes all of those.
    *(f"$JS.API.{what}.{EVENTS}" for what in ("CONSUMER.LIST", "STREAM.MSG.GET", "STREAM.PURGE")),
)
# What is looked at, given again or dropped by hand.
_LOOKS_AFTER_EVENTS = (
    *(f"$JS.API.{what}.{stream}" for what in ("STREAM.INFO", "DIRECT.GET") for stream in (EVENTS, DEAD_LETTERS)),
    f"$JS.API.CONSUMER.INFO.{EVENTS}.*",
    f"$JS.API.CONSUMER.DELETE.{EVENTS}.*",
    f"$JS.API.STREAM.MSG.DELETE.{DEAD_LETTERS}",
    EVERY_AGAIN,
)

PARTICIPANTS = (
    Participant(
        "gateway",
        serves=_SERVED["gateway"],
        calls=(
            *_for_clients(*_EVERY),
            *(health_of(service) for service in _SERVED if service != "gateway"),
            auth.validate,
            public_keys,
            auth.identities["gateway"],
        ),
        tells=(gateway.spent, serving),
        hears=(*_HEARD_BY_ALL, gateway.spent),
    ),
    Participant(
        "auth",
        serves=_SERVED["auth"],
        tells=(sessions_revoked, serving),
        hears=_HEARD_BY_ALL,
        publishes=(*_KEEPS_FAULTS, *_READS_FAULTS, *_KEEPS_STREAMS),
        subscribes=_HEARS_FAULTS,
    ),
    Participant(
        "admin",
        serves=_SERVED["admin"],
        calls=(auth.issue, auth.end_sessions, public_keys, auth.identities["admin"]),
        tells=(serving,),
        hears=_HEARD_BY_ALL,
        publishes=_READS_FAULTS,
        subscribes=_HEARS_FAULTS,
    ),
    Participant(
        "customer",
        serves=_SERVED["customer"],
        calls=(
            auth.issue,
            auth.end_sessions,
            *_KEPT_OF_A_CUSTOMER,
            public_keys,
            auth.identities["customer"],
        ),
        tells=(serving,),
        hears=_HEARD_BY_ALL,
        announces=(customer.registered,),
        publishes=_READS_FAULTS,
        subscribes=_HEARS_FAULTS,
    ),
    Participant(
        "order",
        serves=_SERVED["order"],
        calls=(public_keys,),
        tells=(serving,),
        hears=_HEARD_BY_ALL,
        announces=(order.created,),
        reacts_to=(customer.registered, payment.completed, payment.failed),
        publishes=_READS_FAULTS,
        subscribes=_HEARS_FAULTS,
    ),
    Participant(
        "payment",
        serves=_SERVED["payment"],
        calls=(public_keys,),
        tells=(serving,),
        hears=_HEARD_BY_ALL,
        announces=(payment.completed, payment.failed),
        reacts_to=(order.created,),
        publishes=_READS_FAULTS,
        subscribes=_HEARS_FAULTS,
    ),
    Participant(
        "notification",
        serves=_SERVED["notification"],
        calls=(customer.contact, public_keys, auth.identities["notification"]),
        tells=(serving,),
        hears=_HEARD_BY_ALL,
        reacts_to=(customer.registered, order.created, payment.completed, payment.failed),
        publishes=_READS_FAULTS,
        subscribes=_HEARS_FAULTS,
    ),
    # Whoever runs `flow`: asks the flows, and every service of NATS's own protocol who it is and how it does.
    Participant(
        OPERATOR,
        calls=(*_for_the_operator(*_EVERY), auth.identities[OPERATOR]),
        publishes=(*_PLANS_FAULTS, *_LOOKS_AFTER_EVENTS),
        inspects=True,
    ),
)

SERVICES = tuple(each.name for each in PARTICIPANTS if each.serves)
"""Those that run, and tell how they are."""


def callers(service: str) -> Mapping[str, frozenset[str]]:
    """By subject, the names of those whose requests that service answers."""
    return callers_of(service, PARTICIPANTS)
