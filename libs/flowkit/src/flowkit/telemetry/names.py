"""Every name telemetry uses, in one list: a dashboard or a query is true to this file."""

from typing import Final

# Span attributes
CALLER: Final = "flow.caller"
ERROR_CODE: Final = "flow.error_code"
STATUS: Final = "flow.status"
STEP_MS: Final = "flow.step.ms"
FALLBACK: Final = "flow.fallback"
RPC_SYSTEM: Final = "rpc.system"
RPC_METHOD: Final = "rpc.method"

# Last steps
SUCCESS: Final = "SUCCESS"
REJECTED: Final = "REJECTED: "
ERROR: Final = "ERROR: "

# Events of log lines
FLOW_HANDLED: Final = "flow"
CALL_FAILED: Final = "call failed"
REQUEST_HANDLED: Final = "request"
