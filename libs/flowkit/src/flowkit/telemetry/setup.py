"""The OpenTelemetry SDK, set up. No other file imports it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from types import TracebackType
from typing import Self

import structlog
from opentelemetry.sdk._logs import LoggerProvider, ReadableLogRecord, ReadWriteLogRecord
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor, LogRecordExporter, LogRecordExportResult
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, ParentBased, Sampler, TraceIdRatioBased
from opentelemetry.trace import Tracer

from flowkit.telemetry import ids
from flowkit.telemetry.account import Account, Reasons
from flowkit.telemetry.logs import Ship
from flowkit.telemetry.metrics import Metrics
from flowkit.telemetry.options import Destination, TelemetryOptions
from flowkit.telemetry.records import record
from flowkit.telemetry.threads import in_a_thread

_SCOPE = "flowkit"
_SHUTDOWN_S = 2.5


class Telemetry:
    """A process's way out for spans and log lines. Made in the process it serves: after a fork, not before.

    `edge` is for the gateway: whether a trace is recorded is then for us to say, not for a caller from outside,
    unless `trusting`. Leaving takes at most 2.5 s; what could not be sent by then is counted as dropped.
    """

    def __init__(
        self, options: TelemetryOptions, metrics: Metrics, *, edge: bool = False, trusting: bool = False
    ) -> None:
        self._problems = options.problems
        self._reasons = Reasons()
        self._exits: list[tuple[Callable[[], None], Account]] = []
        self._resource = _Resource({**_SDK, "telemetry.sdk.version": version("opentelemetry-sdk"), **options.resource})
        believes = trusting or not edge
        self.tracer: Tracer = ids.IdsOnlyTracer(trusting=believes)
        self.ship: Ship | None = None
        if options.spans:
            self.tracer = self._send_spans(options.spans, metrics, _sampler(options, believes=believes))
        if options.logs:
            self.ship = self._send_logs(options.logs, metrics)

    async def __aenter__(self) -> Self:
        self._reasons.begin()
        for problem in self._problems:
            structlog.get_logger("flowkit.telemetry").warning("telemetry setting passed over", problem=problem)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, tb: TracebackType | None
    ) -> None:
        late: set[asyncio.Future[None]] = set()
        if ends := [in_a_thread(shut_down) for shut_down, _ in self._exits]:
            _, late = await asyncio.wait(ends, timeout=_SHUTDOWN_S)
        for _, account in self._exits:
            account.close()
        if not late:  # else what the exporters still have to say would end on stderr
            self._reasons.end()

    def _send_spans(self, destination: Destination, metrics: Metrics, sampler: Sampler) -> Tracer:
        account = Account(destination, metrics.signal(destination.signal), self._reasons)
        provider = TracerProvider(sampler, self._resource, shutdown_on_exit=False, id_generator=_Ids())
        provider.add_span_processor(_SpanLine(destination, account))
        self._exits.append((provider.shutdown, account))
        return provider.get_tracer(_SCOPE)

    def _send_logs(self, destination: Destination, metrics: Metrics) -> Ship:
        account = Account(destination, metrics.signal(destination.signal), self._reasons)
        provider = LoggerProvider(self._resource, shutdown_on_exit=False)
        provider.add_log_record_processor(_LogLine(destination, account))
        self._exits.append((provider.shutdown, account))
        logger = provider.get_logger(_SCOPE)
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

    def __init__(self, to: Destination, account: Account) -> None:
        self._account = account
        super().__init__(_CountedSpans(_span_exporter(to), account), to.queue, to.delay * 1000, to.batch)

    def on_end(self, span: ReadableSpan) -> None:
        if span.context and span.context.trace_flags.sampled and self._account.admit():
            super().on_end(span)


class _CountedSpans(SpanExporter):
    def __init__(self, exporter: SpanExporter, account: Account) -> None:
        self._exporter = exporter
        self._account = account

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        sent = self._account.send(len(spans), lambda: self._exporter.export(spans) is SpanExportResult.SUCCESS)
        return SpanExportResult.SUCCESS if sent else SpanExportResult.FAILURE

    def shutdown(self) -> None:
        self._exporter.shutdown()


class _LogLine(BatchLogRecordProcessor):
    def __init__(self, to: Destination, account: Account) -> None:
        self._account = account
        exporter = _CountedLogs(_log_exporter(to), account)
        super().__init__(exporter, to.delay * 1000, to.batch, max_queue_size=to.queue)

    def on_emit(self, log_record: ReadWriteLogRecord) -> None:
        if self._account.admit():
            super().on_emit(log_record)


class _CountedLogs(LogRecordExporter):
    def __init__(self, exporter: LogRecordExporter, account: Account) -> None:
        self._exporter = exporter
        self._account = account

    def export(self, batch: Sequence[ReadableLogRecord]) -> LogRecordExportResult:
        sent = self._account.send(len(batch), lambda: self._exporter.export(batch) is LogRecordExportResult.SUCCESS)
        return LogRecordExportResult.SUCCESS if sent else LogRecordExportResult.FAILURE

    def shutdown(self) -> None:
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._exporter.force_flush(timeout_millis)


def _span_exporter(to: Destination) -> SpanExporter:
    # Imported where they are needed: each costs a third of a second, and most processes need none or one.
    if to.protocol == "grpc":
        from opentelemetry.exporter.otlp.proto.grpc import trace_exporter as grpc  # noqa: PLC0415 - only who needs it pays

        return grpc.OTLPSpanExporter(to.endpoint, headers=to.headers, timeout=to.timeout)
    from opentelemetry.exporter.otlp.proto.http import trace_exporter as http  # noqa: PLC0415 - only who needs it pays

    return http.OTLPSpanExporter(to.endpoint, headers=dict(to.headers), timeout=to.timeout)


def _log_exporter(to: Destination) -> LogRecordExporter:
    if to.protocol == "grpc":
        from opentelemetry.exporter.otlp.proto.grpc import _log_exporter as grpc  # noqa: PLC0415 - only who needs it pays

        return grpc.OTLPLogExporter(to.endpoint, headers=to.headers, timeout=to.timeout)
    from opentelemetry.exporter.otlp.proto.http import _log_exporter as http  # noqa: PLC0415 - only who needs it pays

    return http.OTLPLogExporter(to.endpoint, headers=dict(to.headers), timeout=to.timeout)


def _sampler(options: TelemetryOptions, *, believes: bool) -> Sampler:
    base, _, kind = options.sampler.rpartition("parentbased_")
    root = {"always_on": ALWAYS_ON, "always_off": ALWAYS_OFF}.get(kind) or TraceIdRatioBased(options.ratio)
    if options.sampler == kind and not base:
        return root
    return ParentBased(root) if believes else ParentBased(root, root, root)
