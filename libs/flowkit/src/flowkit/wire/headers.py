"""The header contract, one name a header; its prose is docs/header-contract.md."""

import re
from collections.abc import Mapping
from typing import Final

TRACEPARENT: Final = "traceparent"
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
SERVICE_ERROR: Final = "Nats-Service-Error"
SERVICE_ERROR_CODE: Final = "Nats-Service-Error-Code"

type Headers = dict[str, str]

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_ADDRESS = re.compile(r"[0-9a-fA-F.:]{2,45}")


def caller(received: Mapping[str, str]) -> str:
    """Which service asks, as it says itself; what is no service's name is not repeated."""
    given = received.get(CALLER, "")
    return given if _NAME.fullmatch(given) else "unknown"


def client_address(received: Mapping[str, str]) -> str:
    """Where the client of the gateway sits, as the gateway found it; empty where nobody says."""
    given = received.get(CLIENT_ADDRESS, "")
    return given if _ADDRESS.fullmatch(given) else ""
