"""What the standard OTEL_* variables ask for."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast, get_args
from urllib.parse import unquote, urlsplit

type Signal = Literal["spans", "logs"]
type Protocol = Literal["http/protobuf", "grpc"]
Sampler = Literal[
    "always_on",
    "always_off",
    "traceidratio",
    "parentbased_always_on",
    "parentbased_always_off",
    "parentbased_traceidratio",
]
_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
_VARIABLES: dict[Signal, tuple[str, str]] = {"spans": ("TRACES", "BSP"), "logs": ("LOGS", "BLRP")}
_DELAY_MS = 1000
# Each has a place in the black box as well, of 2 KiB.
_MOST_WAITING = 2**15


@dataclass(frozen=True, slots=True)
class Destination:
    """Where one signal goes, and how it is gathered on the way. Times are in seconds."""

    signal: Signal
    endpoint: str
    protocol: Protocol = "http/protobuf"
    headers: tuple[tuple[str, str], ...] = ()
    timeout: float = 2.0
    queue: int = 2048
    batch: int = 512
    delay: float = 1.0


@dataclass(frozen=True, slots=True)
class TelemetryOptions:
    resource: Mapping[str, str]
    spans: Destination | None
    logs: Destination | None
    sampler: Sampler
    ratio: float
    problems: tuple[str, ...]
    """What could not be understood; as the specification has it, it is told of and passed over."""


def read_options(environ: Mapping[str, str], service: str, version: str = "", instance: str = "") -> TelemetryOptions:
    reader = _Reader(environ)
    return TelemetryOptions(
        resource=reader.resource(service, version, instance),
        spans=reader.destination("spans"),
        logs=reader.destination("logs"),
        sampler=cast("Sampler", reader.choice("OTEL_TRACES_SAMPLER", "parentbased_always_on", get_args(Sampler))),
        ratio=reader.number("OTEL_TRACES_SAMPLER_ARG", 1.0, most=1.0),
        problems=tuple(reader.problems),
    )


class _Reader:
    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[str] = []

    def resource(self, service: str, version: str, instance: str) -> dict[str, str]:
        attributes = {"service.name": service, "service.version": version}
        attributes["service.instance.id"] = instance or socket.gethostname()
        attributes.update(self._pairs("OTEL_RESOURCE_ATTRIBUTES"))
        if name := self._text("OTEL_SERVICE_NAME"):
            attributes["service.name"] = name
        return {name: value for name, value in attributes.items() if value}

    def destination(self, signal: Signal) -> Destination | None:
        kind, batching = _VARIABLES[signal]
        endpoint, protocol = self._endpoint(kind), self._protocol(kind)
        exporter = self.choice(f"OTEL_{kind}_EXPORTER", "otlp", ("otlp", "none"))
        if not endpoint or exporter == "none" or self._text("OTEL_SDK_DISABLED").lower() == "true":
            return None
        headers = {**self._pairs("OTEL_EXPORTER_OTLP_HEADERS"), **self._pairs(f"OTEL_EXPORTER_OTLP_{kind}_HEADERS")}
        queue = int(self.number(f"OTEL_{batching}_MAX_QUEUE_SIZE", 2048, least=1, most=_MOST_WAITING))
        batch = int(self.number(f"OTEL_{batching}_MAX_EXPORT_BATCH_SIZE", 512, least=1))
        delay = self.number(f"OTEL_{batching}_SCHEDULE_DELAY", _DELAY_MS, least=1) / 1000
        lowered = tuple((name.lower(), value) for name, value in headers.items())
        timeout = self._timeout(kind, batching)
        return Destination(signal, endpoint, protocol, lowered, timeout, queue, min(batch, queue), delay)

    def _endpoint(self, kind: str) -> str:
        own, shared = self._text(f"OTEL_EXPORTER_OTLP_{kind}_ENDPOINT"), self._text(_ENDPOINT)
        endpoint = own or shared
        if endpoint and urlsplit(endpoint).scheme not in ("http", "https"):
            self._misfit(f"OTEL_EXPORTER_OTLP_{kind}_ENDPOINT" if own else _ENDPOINT, "an http:// or https:// URL")
            return ""
        if own or not shared or self._protocol(kind) == "grpc":
            return endpoint
        return f"{shared.rstrip('/')}/v1/{kind.lower()}"

    def _protocol(self, kind: str) -> Protocol:
        shared = self.choice("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf", ("http/protobuf", "grpc"))
        own = self.choice(f"OTEL_EXPORTER_OTLP_{kind}_PROTOCOL", shared, ("http/protobuf", "grpc"))
        return cast("Protocol", own)

    def _timeout(self, kind: str, batching: str) -> float:
        """In milliseconds, as the specification has it."""
        shared = self.number("OTEL_EXPORTER_OTLP_TIMEOUT", 2000, least=1)
        own = self.number(f"OTEL_EXPORTER_OTLP_{kind}_TIMEOUT", shared, least=1)
        return min(own, self.number(f"OTEL_{batching}_EXPORT_TIMEOUT", own, least=1)) / 1000

    def choice(self, variable: str, default: str, choices: tuple[str, ...]) -> str:
        given = self._text(variable).lower()
        if given and given not in choices:
            self._misfit(variable, f"one of {', '.join(choices)}")
        return given if given in choices else default

    def number(self, variable: str, default: float, *, least: float = 0.0, most: float = 1e9) -> float:
        given = self._text(variable)
        try:
            value = float(given) if given else default
        except ValueError:
            value = float("nan")
        if not least <= value <= most:
            self._misfit(variable, "a number in its range")
            return default
        return value

    def _pairs(self, variable: str) -> dict[str, str]:
        pairs = [pair.partition("=") for pair in self._text(variable).split(",") if pair.strip()]
        if not all(name.strip() and equals for name, equals, _ in pairs):
            self._misfit(variable, "a list of key=value")
        return {unquote(name).strip(): unquote(value).strip() for name, _, value in pairs if name.strip()}

    def _text(self, variable: str) -> str:
        return self._environ.get(variable, "").strip()

    def _misfit(self, variable: str, expected: str) -> None:
        # Never the value: headers carry credentials.
        problem = f"{variable} is not understood, it expects {expected}"
        if problem not in self.problems:
            self.problems.append(problem)
