"""Every name telemetry uses, in one list: a dashboard or a query is true to this file."""

from typing import Final

# Span attributes
CALLER: Final = "flow.caller"
ERROR_CODE: Final = "flow.error_code"
STATUS: Final = "flow.status"
STEP_MS: Final = "flow.step.ms"
FALLBACK: Final = "flow.fallback"
ABOUT: Final = "flow.about."  # and what kind of thing it is about
ABOUT_CUSTOMER: Final = "flow.about.customer"
ABOUT_ADMIN: Final = "flow.about.admin"
TRACE_ASKED: Final = "flow.trace.asked"
USER_ID: Final = "user.id"
RPC_SYSTEM: Final = "rpc.system"
RPC_METHOD: Final = "rpc.method"

# Span attributes at the HTTP edge, as OpenTelemetry's conventions name them
HTTP_METHOD: Final = "http.request.method"
HTTP_ROUTE: Final = "http.route"
HTTP_STATUS_CODE: Final = "http.response.status_code"
URL_PATH: Final = "url.path"

# Last steps
SUCCESS: Final = "SUCCESS"
REJECTED: Final = "REJECTED: "
ERROR: Final = "ERROR: "

# Events of log lines
FLOW_HANDLED: Final = "flow"
CALL_FAILED: Final = "call failed"
REQUEST_HANDLED: Final = "request"

# Metrics
FLOWS_HANDLED: Final = "flow_handled_total"
FLOW_DURATION: Final = "flow_duration_seconds"
STEP_DURATION: Final = "flow_step_duration_seconds"
FLOWS_OVERRUN: Final = "flow_deadline_overruns_total"
FLOWS_IN_FLIGHT: Final = "flow_in_flight"
FLOWS_WAITING: Final = "flow_waiting"
HTTP_REQUESTS: Final = "http_requests_total"
HTTP_IN_FLIGHT: Final = "http_requests_in_flight"
HTTP_TURNED_AWAY: Final = "http_requests_turned_away_total"
HTTP_DURATION: Final = "http_request_duration_seconds"
NATS_CONNECTED: Final = "nats_connected"
NATS_RECONNECTS: Final = "nats_reconnects_total"
NATS_PERMISSION_VIOLATIONS: Final = "nats_permission_violations_total"
NATS_MESSAGE_FAILURES: Final = "nats_message_failures_total"
NATS_AWAITING: Final = "nats_awaiting_replies"
POOL_SIZE: Final = "database_pool_size"
POOL_IN_USE: Final = "database_pool_in_use"
POOL_WAITING: Final = "database_pool_waiting"
HASHING_RUNNING: Final = "password_hashing_running"
HASHING_WAITING: Final = "password_hashing_waiting"
PASSWORDS_HASHED: Final = "password_hashes_total"
LOGINS_REFUSED: Final = "logins_refused_total"
NOTICES_TOLD: Final = "notices_told_total"
NOTICES_HEARD: Final = "notices_heard_total"
NOTICES_LOST: Final = "notices_lost_total"
LOOP_LAG: Final = "event_loop_lag_seconds"
TELEMETRY_SENT: Final = "telemetry_sent_total"
TELEMETRY_DROPPED: Final = "telemetry_dropped_total"
TELEMETRY_FAILURES: Final = "telemetry_export_failures_total"
LOG_LINES_DROPPED: Final = "log_lines_dropped_total"
SERVICE_INFO: Final = "service_info"

# Labels of metrics
LABEL_FLOW: Final = "flow"
LABEL_STEP: Final = "step"
LABEL_ERROR_CODE: Final = "error_code"
LABEL_ROUTE: Final = "route"
LABEL_METHOD: Final = "method"
LABEL_STATUS: Final = "status"
LABEL_SIGNAL: Final = "signal"
LABEL_NOTICE: Final = "notice"
LABEL_REASON: Final = "reason"
LABEL_SERVICE: Final = "service"
LABEL_VERSION: Final = "version"
EXEMPLAR_TRACE: Final = "trace_id"
WRONG: Final = "wrong"
THROTTLED_ACCOUNT: Final = "throttled_account"
THROTTLED_ADDRESS: Final = "throttled_address"
NO_ERROR: Final = "OK"
HUNG_UP: Final = "CLIENT_CLOSED_REQUEST"
NO_ROUTE: Final = "none"
OTHER_METHOD: Final = "_OTHER"
OTHER_STEP: Final = "other"

# Fields of a log line that are attributes of its OTLP record too, beside `user.id` and `flow.about.*`
LOG_ATTRIBUTES: Final = ("event", "flow", "route", "status", "error_code", "logger")
