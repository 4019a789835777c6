"""The header contract, one name a header; its prose is docs/header-contract.md."""

import re
from collections.abc import Mapping
from typing import Final

TRACEPARENT: Final = "traceparent"
TRACESTATE: Final = "tracestate"
BAGGAGE: Final = "baggage"
TRACE_ID: Final = "x-trace-id"
REQUEST_ID: Final = "x-request-id"
TIMEOUT_MS: Final = "flow-timeout-ms"
DEADLINE: Final = "flow-deadline"
CALLER: Final = "flow-caller"
IDENTITY: Final = "flow-identity"
SERVICE: Final = "flow-service"
CLIENT_ADDRESS: Final = "flow-client-address"
IDEMPOTENCY_KEY: Final = "flow-idempotency-key"
MESSAGE_ID: Final = "Nats-Msg-Id"
EVENT_ID: Final = "flow-event-id"
EVENT: Final = "flow-event"
EVENT_VERSION: Final = "flow-event-version"
EVENT_KEY: Final = "flow-event-key"
OCCURRED_AT: Final = "flow-occurred-at"
DEAD_REASON: Final = "flow-dead-reason"
DEAD_FAULT: Final = "flow-dead-fault"
DEAD_ATTEMPTS: Final = "flow-dead-attempts"
DEAD_AT: Final = "flow-dead-at"
DEAD_TRACEPARENT: Final = "flow-dead-traceparent"
DEAD_SUBJECT: Final = "flow-dead-subject"
DEAD_PLACE: Final = "flow-dead-place"
SERVICE_ERROR: Final = "Nats-Service-Error"
SERVICE_ERROR_CODE: Final = "Nats-Service-Error-Code"

type Headers = dict[str, str]

# W3C lets a peer drop a longer one, and whatever is taken here travels on with every call.
LONGEST_TRACE: Final[Mapping[str, int]] = {TRACEPARENT: 128, TRACESTATE: 512, BAGGAGE: 2048}
LONGEST_REQUEST_ID: Final = 128

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_SHOWABLE = re.compile(rf"[\x20-\x7e]{{1,{LONGEST_REQUEST_ID}}}")
_ADDRESS = re.compile(r"[0-9a-fA-F.:]{2,45}")


def caller(received: Mapping[str, str]) -> str:
    """Which service asks, as it says itself; what is no service's name is not repeated."""
    given = received.get(CALLER, "")
    return given if _NAME.fullmatch(given) else "unknown"


def client_address(received: Mapping[str, str]) -> str:
    """Where the client of the gateway sits, as the gateway found it; empty where nobody says."""
    given = received.get(CLIENT_ADDRESS, "")
    return given if _ADDRESS.fullmatch(given) else ""


def request_id(received: Mapping[str, str]) -> str:
    """The HTTP request's, as far as it can be told in a line; empty where there is none."""
    given = received.get(REQUEST_ID, "")
    return given if _SHOWABLE.fullmatch(given) else ""


def trace(received: Mapping[str, str]) -> Headers:
    """What a trace is carried by, each as far as it is no longer than it may be."""
    given = {name: received.get(name, "") for name in LONGEST_TRACE}
    return {name: value for name, value in given.items() if 0 < len(value) <= LONGEST_TRACE[name]}
