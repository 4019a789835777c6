"""What is counted and timed, in a registry of its own. Instruments are made once, never looked up on the way."""

from collections.abc import Callable, Iterable, Sequence
from itertools import product
from typing import get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.exposition import choose_encoder
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

from flowkit.contract.errors import ErrorCode
from flowkit.telemetry import names
from flowkit.telemetry.instruments import (
    CallMetrics,
    FlowMetrics,
    NoticeMetrics,
    PublishMetrics,
    ReactionMetrics,
    RouteMetrics,
    SignalMetrics,
    StepMetrics,
    StreamMetrics,
)
from flowkit.telemetry.outbox import Outbox
from flowkit.telemetry.reactions import Reactions
from flowkit.telemetry.streams import StreamGauges
from flowkit.telemetry.watched import Reading, Watched

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_STEP_SECONDS = (0.001, 0.005, 0.02, 0.1, 0.5, 2.0)
_LAG_SECONDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))


class Metrics:
    def __init__(self, service: str, version: str = "") -> None:
        # Doubles every series with its time of birth, which nothing here asks for.
        disable_created_metrics()
        self.registry = CollectorRegistry()
        self._watched = Watched()
        self.registry.register(self._watched)
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self._service_info(service, version)
        self._flows: dict[str, FlowMetrics] = {}
        self._routes: dict[tuple[str, str], RouteMetrics] = {}
        self._handled = self._counter(names.FLOWS_HANDLED, "Flows answered", names.LABEL_FLOW, names.LABEL_ERROR_CODE)
        self._overruns = self._counter(names.FLOWS_OVERRUN, "Flows that ran past their deadline", names.LABEL_FLOW)
        self._duration = self._timer(names.FLOW_DURATION, "From a flow's arrival to its answer", names.LABEL_FLOW)
        step = (names.LABEL_FLOW, names.LABEL_STEP)
        self._steps = self._timer(names.STEP_DURATION, "The work a step wraps", *step, to=_STEP_SECONDS)
        labels = (names.LABEL_ROUTE, names.LABEL_METHOD)
        outcome = (names.LABEL_STATUS, names.LABEL_ERROR_CODE)
        self._requests = self._counter(names.HTTP_REQUESTS, "HTTP requests answered", *labels, *outcome)
        turned_away = "HTTP requests refused unread, since there were too many (503)"
        self._turned_away = self._counter(names.HTTP_TURNED_AWAY, turned_away, *labels)
        lane = "How many requests to a route a gateway answers at once, as it has found out"
        self._lane_limit = Gauge(names.HTTP_LANE_LIMIT, lane, labels, registry=self.registry)
        self._request_duration = self._timer(names.HTTP_DURATION, "From a request's arrival to its answer", *labels)
        lag = "How late the event loop ran a timer"
        self.loop_lag = Histogram(names.LOOP_LAG, lag, buckets=_LAG_SECONDS, registry=self.registry)
        limit = (names.LABEL_GROUP, names.LABEL_PER)
        self._limited = self._counter(names.RATE_LIMITED, "Requests refused by a rate limit", *limit)
        flow, attempt = names.LABEL_FLOW, names.LABEL_ATTEMPT
        self._attempts = self._counter(names.CALL_ATTEMPTS, "Requests sent to a flow, first and again", flow, attempt)
        self._denied = self._counter(names.CALL_RETRIES_DENIED, "Retries there was no budget for", flow)
        self._refused = self._counter(names.CIRCUIT_REFUSALS, "Calls not made since the flow's circuit was open", flow)
        circuit = "A flow's circuit at its caller: 0 closed, 1 half open, 2 open"
        self._circuit = Gauge(names.CIRCUIT_STATE, circuit, (flow,), registry=self.registry)
        self._injected = self._counter(names.FAULTS_INJECTED, "Faults injected on purpose", flow, names.LABEL_FAULT)
        notice = names.LABEL_NOTICE
        self._told = self._counter(names.NOTICES_TOLD, "Notices sent to whoever listens", notice)
        self._heard = self._counter(names.NOTICES_HEARD, "Notices heard", notice)
        self._lost = self._counter(names.NOTICES_LOST, "Notices that could not be sent, or not be read", notice)
        self._reactions = Reactions.of(self.registry, self._steps)
        self._streams = StreamGauges.of(self.registry)
        self._outbox = Outbox.of(self.registry)
        self._sessions = self._counter(names.SESSIONS_ENDED, "Sessions ended before their time", names.LABEL_WHY)
        signal = names.LABEL_SIGNAL
        self._sent = self._counter(names.TELEMETRY_SENT, "Spans and log records that a collector took", signal)
        self._dropped = self._counter(names.TELEMETRY_DROPPED, "Spans and log records lost", signal)
        self._failures = self._counter(names.TELEMETRY_FAILURES, "Batches a collector did not take", signal)

    def flow(self, subject: str) -> FlowMetrics:
        """The instruments of a flow, every error code among them, so that a first error is seen as an increase."""
        if subject not in self._flows:
            codes = (names.NO_ERROR, *get_args(ErrorCode))
            handled = {code: self._handled.labels(subject, code) for code in codes}
            duration, overruns = self._duration.labels(subject), self._overruns.labels(subject)
            steps = StepMetrics(lambda step: self._steps.labels(subject, step))
            self._flows[subject] = FlowMetrics(handled, duration, overruns, steps)
        return self._flows[subject]

    def route(self, template: str, method: str) -> RouteMetrics:
        """The instruments of a route by its template; methods nobody serves are counted as one."""
        method = method if method in _METHODS else names.OTHER_METHOD
        if (template, method) not in self._routes:
            duration = self._request_duration.labels(template, method)
            turned_away = self._turned_away.labels(template, method)
            self._routes[template, method] = RouteMetrics(self._requests, duration, turned_away, template, method)
        return self._routes[template, method]

    def lane(self, template: str, method: str, limit: Reading) -> None:
        """Tell how many of a route's requests are let in at once."""
        self._lane_limit.labels(template, method).set_function(limit)

    def rate_limit(self, group: str, per: str) -> Counter:
        """Counts what is refused to the callers of a group of routes."""
        return self._limited.labels(group, per)

    def calls(self, subject: str) -> CallMetrics:
        return CallMetrics(
            self._attempts.labels(subject, names.FIRST_ATTEMPT),
            self._attempts.labels(subject, names.RETRY),
            self._denied.labels(subject),
            self._refused.labels(subject),
            self._circuit.labels(subject),
        )

    def fault(self, subject: str, effect: str) -> Counter:
        """Counts what was made to go wrong on purpose."""
        return self._injected.labels(subject, effect)

    def notice(self, subject: str) -> NoticeMetrics:
        return NoticeMetrics(self._told.labels(subject), self._heard.labels(subject), self._lost.labels(subject))

    def reaction(self, event: str, subject: str, reasons: Sequence[str]) -> ReactionMetrics:
        """The instruments of an event a service reacts to, by its name; `subject` is what its steps are timed under."""
        return self._reactions.reaction(event, subject, reasons)

    def stream(self, name: str) -> StreamMetrics:
        return self._streams.stream(name)

    def readers(self, service: str, event: str) -> Gauge:
        """How many instances of a service wait for the next event of a kind, told by whoever keeps the streams."""
        return self._streams.readers.labels(service, event)

    def publishing(self, event: str) -> PublishMetrics:
        return self._outbox.publishing(event)

    def logins_refused(self) -> Callable[[str], None]:
        """Counts a login that was refused, by its reason; for a service where people sign in."""
        counter = self._counter(names.LOGINS_REFUSED, "Logins refused, by reason", names.LABEL_REASON)
        reasons = {
            each: counter.labels(each) for each in (names.WRONG, names.THROTTLED_ACCOUNT, names.THROTTLED_ADDRESS)
        }
        return lambda reason: reasons[reason].inc()

    def notifications(self, kinds: Iterable[str], outcomes: Iterable[str]) -> Callable[[str, str], None]:
        """Counts what came of each try to tell a customer something; for the service that does."""
        told = "Tries to tell a customer something, by what came of them"
        counter = self._counter(names.NOTIFICATIONS, told, names.LABEL_KIND, names.LABEL_OUTCOME)
        known = {each: counter.labels(*each) for each in product(kinds, outcomes)}
        return lambda kind, outcome: known[kind, outcome].inc()

    def sessions_ended(self, why: str, number: int) -> None:
        self._sessions.labels(why).inc(number)

    def signal(self, name: str) -> SignalMetrics:
        return SignalMetrics(self._sent.labels(name), self._dropped.labels(name), self._failures.labels(name))

    def watch(self, name: str, reading: Reading) -> None:
        """Tell of a figure someone else keeps, by its name in `names`."""
        self._watched.watch(name, reading)

    def render(self, accept: str = "") -> tuple[bytes, str]:
        """Everything, as text or as OpenMetrics (with exemplars), and the content type of it."""
        encode, content_type = choose_encoder(accept)
        return encode(self.registry), content_type

    def _counter(self, name: str, told: str, *labels: str) -> Counter:
        return Counter(name, told, labels, registry=self.registry)

    def _timer(self, name: str, told: str, *labels: str, to: Sequence[float] = _SECONDS) -> Histogram:
        return Histogram(name, told, labels, buckets=to, registry=self.registry)

    def _service_info(self, service: str, version: str) -> None:
        labels = (names.LABEL_SERVICE, names.LABEL_VERSION)
        info = Gauge(names.SERVICE_INFO, "Which service this is", labels, registry=self.registry)
        info.labels(service, version).set(1)
