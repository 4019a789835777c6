"""A planned fault, met by one request: told in its steps, on its span and in the figures."""

import asyncio

from opentelemetry.trace import Span

from flowkit.call import Call
from flowkit.contract import BadGateway, Fault, FlowError, TimedOut, TooManyRequests, Unavailable
from flowkit.faults import PlannedFault
from flowkit.telemetry import names

_ERRORS: dict[str, type[FlowError]] = {
    kind.code: kind for kind in (Fault, BadGateway, Unavailable, TimedOut, TooManyRequests)
}


async def inject(fault: PlannedFault, call: Call, span: Span) -> None:
    """Raises the planned error. A reply to be dropped is dropped where it would be sent."""
    span.set_attribute(names.INJECTED_FAULT, ",".join(fault.effects))
    if fault.latency_ms:
        call.step(f"{names.INJECTED}{fault.latency_ms} ms of latency")
        await asyncio.sleep(fault.latency_ms / 1000)
    if fault.error is not None:
        call.step(f"{names.INJECTED}{fault.error}")
        raise _ERRORS[fault.error]
    if fault.drop:
        call.step(f"{names.INJECTED}the reply is dropped")
