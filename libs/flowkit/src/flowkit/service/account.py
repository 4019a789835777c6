"""What is told of an exchange once it is over: its span, its figures, its one log line."""

from dataclasses import asdict

import structlog

from flowkit.call import Call
from flowkit.contract import FlowError
from flowkit.service.endpoint import Endpoint
from flowkit.telemetry import names, spans
from flowkit.telemetry.spans import FlowSpan

_log = structlog.get_logger("flowkit.service")


def account(endpoint: Endpoint, span: FlowSpan, call: Call, error: FlowError | None, seconds: float) -> None:
    status = endpoint.contract.status if error is None else error.status
    spans.judge(span.span, None if error is None else error.code, status)
    spans.identify(span.span, call.user_id, call.concerns)
    call.reasoning.write_onto(span.span)
    span.span.end()
    endpoint.count(error, seconds, call.trace_id)
    endpoint.time(call.reasoning, call.trace_id)
    _log.info(
        names.FLOW_HANDLED,
        flow=endpoint.contract.subject,
        status=status,
        error_code=None if error is None else error.code,
        duration_ms=round(seconds * 1000, 2),
        caller=call.caller,
        user_id=call.user_id,
        about=call.concerns or None,
        request_id=call.request_id,
        parent_span_id=span.parent_span_id,
        steps=call.reasoning.rows(),
        calls=[asdict(made) for made in call.calls],
        announced=[asdict(event) for event in call.announced],
    )
