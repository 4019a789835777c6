"""The header contract, one name a header; its prose is docs/header-contract.md."""

from typing import Final

TRACEPARENT: Final = "traceparent"
TRACE_ID: Final = "x-trace-id"
REQUEST_ID: Final = "x-request-id"
TIMEOUT_MS: Final = "flow-timeout-ms"
DEADLINE: Final = "flow-deadline"
CALLER: Final = "flow-caller"
IDENTITY: Final = "flow-identity"
MESSAGE_ID: Final = "Nats-Msg-Id"
SERVICE_ERROR: Final = "Nats-Service-Error"
SERVICE_ERROR_CODE: Final = "Nats-Service-Error-Code"

type Headers = dict[str, str]
