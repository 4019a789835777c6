"""The OpenTelemetry SDK, set up. Beside this file the folder sdk imports it, and nothing else."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog
from opentelemetry.context import Context
from opentelemetry.sdk._logs import LoggerProvider, ReadWriteLogRecord
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, Span, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, ParentBased, Sampler, TraceIdRatioBased
from opentelemetry.trace import Tracer

from flowkit.telemetry import ids, names
from flowkit.telemetry.account import Account, Reasons
from flowkit.telemetry.box.recorder import BlackBox
from flowkit.telemetry.logs import Ship
from flowkit.telemetry.metrics import Metrics
from flowkit.telemetry.options import Destination, TelemetryOptions
from flowkit.telemetry.records import record
from flowkit.telemetry.sdk.boxed import Keeping
from flowkit.telemetry.sdk.exporters import CountedLogs, CountedSpans, log_exporter, span_exporter
from flowkit.telemetry.sdk.succession import SCOPE, Succession
from flowkit.telemetry.threads import in_a_thread

_SHUTDOWN_S = 2.5


class Telemetry:
    """A process's way out for spans and log lines. Made in the process it serves: after a fork, not before.

    `edge` is for the gateway: whether a trace is recorded is then for us to say, not for a caller from outside,
    unless `trusting`. Leaving takes at most 2.5 s; what could not be sent by then is counted as dropped.
    Given a folder for black boxes, spans that have not been sent outlive a kill -9 there.
    """

    def __init__(
        self,
        options: TelemetryOptions,
        metrics: Metrics,
        *,
        edge: bool = False,
        trusting: bool = False,
        boxes: Path | None = None,
    ) -> None:
        self._problems = options.problems
        self._reasons = Reasons()
        self._exits: list[tuple[Callable[[], None], Account]] = []
        told = {**_SDK, "telemetry.sdk.version": version("opentelemetry-sdk"), **options.resource}
        self._resource = _Resource(told)
        believes = trusting or not edge
        self.tracer: Tracer = ids.IdsOnlyTracer(trusting=believes)
        self.ship: Ship | None = None
        self._boxes: Succession | None = None
        if options.spans and boxes is not None:
            self._boxes = Succession.of(boxes, options.spans, told, metrics)
        metrics.watch(names.SPANS_CUT_OFF, lambda: self._boxes.cut_off if self._boxes else 0)
        metrics.watch(names.SPANS_UNBOXED, lambda: self._boxes.missed if self._boxes else 0)
        if options.spans:
            self.tracer = self._send_spans(options.spans, metrics, _sampler(options, believes=believes))
        if options.logs:
            self.ship = self._send_logs(options.logs, metrics)

    @property
    def box(self) -> BlackBox | None:
        return None if self._boxes is None else self._boxes.box

    async def __aenter__(self) -> Self:
        self._reasons.begin()
        if self._boxes is not None:
            self._boxes.take_over()
        for problem in self._problems:
            structlog.get_logger("flowkit.telemetry").warning("telemetry setting passed over", problem=problem)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, tb: TracebackType | None
    ) -> None:
        late: set[asyncio.Future[None]] = set()
        ends = [in_a_thread(shut_down) for shut_down, _ in self._exits]
        if self._boxes is not None:
            ends.append(in_a_thread(self._boxes.let_go))
        if ends:
            _, late = await asyncio.wait(ends, timeout=_SHUTDOWN_S)
        for _, account in self._exits:
            account.close()
        if self._boxes is not None:
            self._boxes.close()
        if not late:  # else what the exporters still have to say would end on stderr
            self._reasons.end()

    def _send_spans(self, destination: Destination, metrics: Metrics, sampler: Sampler) -> Tracer:
        account = Account(destination, metrics.signal(destination.signal), self._reasons)
        provider = TracerProvider(sampler, self._resource, shutdown_on_exit=False, id_generator=_Ids())
        provider.add_span_processor(_SpanLine(destination, account, self.box))
        self._exits.append((provider.shutdown, account))
        return provider.get_tracer(SCOPE)

    def _send_logs(self, destination: Destination, metrics: Metrics) -> Ship:
        account = Account(destination, metrics.signal(destination.signal), self._reasons)
        provider = LoggerProvider(self._resource, shutdown_on_exit=False)
        provider.add_log_record_processor(_LogLine(destination, account))
        self._exits.append((provider.shutdown, account))
        logger = provider.get_logger(SCOPE)
        return lambda fields, line: logger.emit(record(fields, line))


_SDK = {"telemetry.sdk.language": "python", "telemetry.sdk.name": "opentelemetry"}


class _Resource(Resource):
    """Hashed once: exporters look it up for every span, and the SDK's own is made JSON of each time."""

    def __init__(self, attributes: Mapping[str, str]) -> None:
        super().__init__(attributes)
        self._hash = super().__hash__()

    def __hash__(self) -> int:
        return self._hash


class _Ids(IdGenerator):
    def generate_trace_id(self) -> int:
        return ids.new_trace_id()

    def generate_span_id(self) -> int:
        return ids.new_span_id()

    def is_trace_id_random(self) -> bool:
        return ids.is_trace_id_random()


class _SpanLine(BatchSpanProcessor):
    """The SDK's own, which never overflows (it would drop in silence): the account turns away before."""

    def __init__(self, to: Destination, account: Account, box: BlackBox | None) -> None:
        self._account = account
        self._kept = None if box is None else Keeping(box)
        exporter = CountedSpans(span_exporter(to), account, self._forget)
        super().__init__(exporter, to.queue, to.delay * 1000, to.batch)

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:  # noqa: ARG002 - the SDK's signature
        if self._kept is not None:
            self._kept.begin(span)

    def on_end(self, span: ReadableSpan) -> None:
        if not (span.context and span.context.trace_flags.sampled and self._account.admit()):
            self._forget((span,))
            return
        if self._kept is not None:
            self._kept.end(span)
        super().on_end(span)

    def _forget(self, spans: Sequence[ReadableSpan]) -> None:
        if self._kept is not None:
            self._kept.free(spans)


class _LogLine(BatchLogRecordProcessor):
    def __init__(self, to: Destination, account: Account) -> None:
        self._account = account
        exporter = CountedLogs(log_exporter(to), account)
        super().__init__(exporter, to.delay * 1000, to.batch, max_queue_size=to.queue)

    def on_emit(self, log_record: ReadWriteLogRecord) -> None:
        if self._account.admit():
            super().on_emit(log_record)


def _sampler(options: TelemetryOptions, *, believes: bool) -> Sampler:
    base, _, kind = options.sampler.rpartition("parentbased_")
    root = {"always_on": ALWAYS_ON, "always_off": ALWAYS_OFF}.get(kind) or TraceIdRatioBased(options.ratio)
    if options.sampler == kind and not base:
        return root
    return ParentBased(root) if believes else ParentBased(root, root, root)
