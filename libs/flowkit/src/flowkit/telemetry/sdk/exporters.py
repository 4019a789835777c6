"""The SDK's exporters, counted: what they were given is sent, or lost and told of."""

from collections.abc import Callable, Sequence

from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk._logs.export import LogRecordExporter, LogRecordExportResult
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from flowkit.telemetry.account import Account
from flowkit.telemetry.options import Destination

type Over = Callable[[Sequence[ReadableSpan]], None]
"""Told of spans that are sent, or given up."""


class CountedSpans(SpanExporter):
    def __init__(self, exporter: SpanExporter, account: Account, over: Over) -> None:
        self._exporter = exporter
        self._account = account
        self._over = over

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        sent = self._account.send(len(spans), lambda: self._exporter.export(spans) is SpanExportResult.SUCCESS)
        self._over(spans)
        return SpanExportResult.SUCCESS if sent else SpanExportResult.FAILURE

    def shutdown(self) -> None:
        self._exporter.shutdown()


class CountedLogs(LogRecordExporter):
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


def span_exporter(to: Destination) -> SpanExporter:
    # Imported where they are needed: each costs a third of a second, and most processes need none or one.
    if to.protocol == "grpc":
        from opentelemetry.exporter.otlp.proto.grpc import trace_exporter as grpc  # noqa: PLC0415 - only who needs it pays

        return grpc.OTLPSpanExporter(to.endpoint, headers=to.headers, timeout=to.timeout)
    from opentelemetry.exporter.otlp.proto.http import trace_exporter as http  # noqa: PLC0415 - only who needs it pays

    return http.OTLPSpanExporter(to.endpoint, headers=dict(to.headers), timeout=to.timeout)


def log_exporter(to: Destination) -> LogRecordExporter:
    if to.protocol == "grpc":
        from opentelemetry.exporter.otlp.proto.grpc import _log_exporter as grpc  # noqa: PLC0415 - only who needs it pays

        return grpc.OTLPLogExporter(to.endpoint, headers=to.headers, timeout=to.timeout)
    from opentelemetry.exporter.otlp.proto.http import _log_exporter as http  # noqa: PLC0415 - only who needs it pays

    return http.OTLPLogExporter(to.endpoint, headers=dict(to.headers), timeout=to.timeout)
