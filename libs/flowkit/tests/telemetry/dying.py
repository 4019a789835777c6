"""A process that is killed at its work, once it says so. Arguments: the folder of black boxes, where it sends to."""

import asyncio
import sys
from pathlib import Path

from flowkit.telemetry import names
from flowkit.telemetry.metrics import Metrics
from flowkit.telemetry.options import read_options
from flowkit.telemetry.setup import Telemetry
from flowkit.telemetry.spans import Tracing

CALLER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLERS_SPAN = "00f067aa0ba902b7"
FLOW, ASKED = "api.v1.customer.register", "api.v1.auth.health"
# Nothing leaves before it dies.
NEVER = {"OTEL_BSP_SCHEDULE_DELAY": "3600000", "OTEL_LOGS_EXPORTER": "none"}


async def live(folder: Path, endpoint: str) -> None:
    options = read_options({"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint} | NEVER, "customer", "1.2.3", "customer-1")
    async with Telemetry(options, Metrics("customer"), boxes=folder) as telemetry:
        tracing = Tracing(telemetry.tracer, telemetry.box)
        flow = tracing.handling(FLOW, {"traceparent": CALLER, "flow-caller": "gateway"})
        steps = tracing.steps_of(flow.span)
        steps.note({names.ABOUT_CUSTOMER: "ada"})
        with steps.add("Hashing password"):
            pass
        with tracing.calling(ASKED) as call:
            call.set_attribute(names.STATUS, 200)
        with steps.add("Creating customer"):
            sys.stdout.write("at work\n")
            sys.stdout.flush()
            await asyncio.sleep(3600)


if __name__ == "__main__":
    asyncio.run(live(Path(sys.argv[1]), sys.argv[2]))
