"""A process's own black box, and those of the dead before it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Final, Self

import structlog
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from flowkit.telemetry.box.inheriting import Heir
from flowkit.telemetry.box.layout import Owner
from flowkit.telemetry.box.left import Left
from flowkit.telemetry.box.obituary import say
from flowkit.telemetry.box.recorder import BlackBox
from flowkit.telemetry.instruments import SignalMetrics
from flowkit.telemetry.metrics import Metrics
from flowkit.telemetry.options import Destination
from flowkit.telemetry.sdk import boxed
from flowkit.telemetry.sdk.exporters import span_exporter

SCOPE: Final = "flowkit"
# Places beside those for what waits to be sent, so that a collector that is away takes none of them.
_UNDER_WAY: Final = 1024
_UNFIT: Final = re.compile(r"[^A-Za-z0-9_.]")


@dataclass(slots=True)
class Executor:
    """Sends what the dead left, under the name each had."""

    to: Destination
    scope: InstrumentationScope
    metrics: SignalMetrics
    _exporter: SpanExporter | None = None

    def tell(self, owner: Owner, spans: Sequence[Left]) -> bool:
        resource = Resource(owner.resource)
        exporter = self._exporter = self._exporter or span_exporter(self.to)
        try:
            sent = exporter.export([boxed.told(left, resource, self.scope) for left in spans])
        except Exception:  # noqa: BLE001 - it is tried again, and given up in the end
            return False
        if sent is SpanExportResult.SUCCESS:
            self.metrics.sent.inc(len(spans))
        return sent is SpanExportResult.SUCCESS

    def close(self) -> None:
        """Whatever it is sending ends at once."""
        if self._exporter is not None:
            self._exporter.shutdown()


@dataclass(frozen=True, slots=True)
class Succession:
    """`box` is None where none can be had: no process stays away for that, and those of the dead are told of all the
    same."""

    box: BlackBox | None
    heir: Heir
    executor: Executor
    _work: Thread

    @classmethod
    def of(cls, folder: Path, to: Destination, resource: Mapping[str, str], metrics: Metrics) -> Self:
        service = _UNFIT.sub("_", resource.get("service.name", "")) or "_"
        executor = Executor(to, InstrumentationScope(SCOPE), metrics.signal(to.signal))
        heir = Heir(folder, service, executor.tell, say)
        box = _made(folder, service, resource, to.queue + _UNDER_WAY)
        return cls(box, heir, executor, Thread(target=heir.run, name="black-boxes", daemon=True))

    @property
    def cut_off(self) -> int:
        return self.heir.cut_off

    @property
    def missed(self) -> int:
        return 0 if self.box is None else self.box.missed

    def take_over(self) -> None:
        self._work.start()

    def let_go(self) -> None:
        """Of what the dead left and nobody has been told of yet; returns when that is free for the next one."""
        self.heir.stop()
        self.executor.close()
        self._work.join()

    def close(self) -> None:
        """Nothing is left of our own, whether all was sent or was given up."""
        if self.box is not None:
            self.box.close()


def _made(folder: Path, service: str, resource: Mapping[str, str], slots: int) -> BlackBox | None:
    try:
        return BlackBox.make(folder, service, resource, slots=slots)
    except OSError as fault:
        reason = fault.strerror or repr(fault)
        structlog.get_logger("flowkit.telemetry").warning("no black box", folder=str(folder), reason=reason)
        return None
