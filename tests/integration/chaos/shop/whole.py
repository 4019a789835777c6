"""Whether the trace of an operation is one tree, with all its parts, from the request to the last letter."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tests.telemetry.spans import Span

from .history import Operation

type Part = tuple[str, tuple["Part", ...]]
"""A span, as its line of a tree, and what hangs on it."""

CONTACT: Final = "api.v1.customer.contact"
LETTER: Final[Part] = (
    "INTERNAL notification send notification",
    ((f"CLIENT notification request {CONTACT}", ((f"SERVER customer {CONTACT}", ()),)),),
)


def _asked(service: str, path: str, subject: str, *parts: Part) -> Part:
    answered = (f"SERVER {service} {subject}", parts)
    return (f"SERVER gateway POST {path}", ((f"CLIENT gateway request {subject}", (answered,)),))


def _announced(service: str, event: str, *parts: Part) -> Part:
    """Customers are told of each."""
    told = (f"CONSUMER notification process {event}", (LETTER,))
    return (f"PRODUCER {service} publish {event}", (told, *parts))


def _ordered(end: str) -> Part:
    ended = (f"CONSUMER order process event.payment.{end}.v1", ())
    paid = _announced("payment", f"event.payment.{end}.v1", ended)
    return _announced("order", "event.order.created.v1", ("CONSUMER payment process event.order.created.v1", (paid,)))


def order_that(end: str) -> Part:
    return _asked("order", "/api/v1/orders", "api.v1.order.create", _ordered(end))


def registration_that(end: str) -> Part:
    """The end is that of the welcome order."""
    welcome = ("CONSUMER order process event.customer.registered.v1", (_ordered(end),))
    registered = _announced("customer", "event.customer.registered.v1", welcome)
    return _asked("customer", "/api/v1/customer/register", "api.v1.customer.register", registered)


@dataclass(frozen=True, slots=True)
class Whole:
    """`lacking` are the parts that are not there, `adrift` the spans whose parent is not."""

    operation: Operation
    lacking: tuple[str, ...]
    adrift: tuple[str, ...]

    @property
    def is_so(self) -> bool:
        return not self.lacking and not self.adrift

    @classmethod
    def of(cls, operation: Operation, spans: Sequence[Span]) -> "Whole":
        """Of what may have become of it, what lacks least."""
        below: Mapping[str, list[Span]] = defaultdict(list)
        for span in spans:
            below[span.parent_id].append(span)
        made = registration_that if operation.kind == "registration" else order_that
        ends = [_lacking(made(end), operation.span_id, below) for end in ("completed", "failed")]
        known = {operation.span_id, *(span.span_id for span in spans)}
        adrift = tuple(str(span) for span in spans if span.parent_id not in known)
        return cls(operation, tuple(min(ends, key=len)), adrift)


def wholes(operations: Iterable[Operation], spans: Callable[[str], Sequence[Span]]) -> list[Whole]:
    return [Whole.of(each, spans(each.trace_id)) for each in operations]


def lacks(broken: Iterable[Whole]) -> str:
    """What is missing most often."""
    counted = Counter(line for each in broken for line in each.lacking[:1])
    return ", ".join(f"{count} x {line}" for line, count in counted.most_common(8))


def _lacking(part: Part, parent_id: str, below: Mapping[str, list[Span]]) -> list[str]:
    line, parts = part
    found = [span for span in below.get(parent_id, ()) if str(span) == line]
    if not found:
        return [line]
    each = [[lack for part in parts for lack in _lacking(part, span.span_id, below)] for span in found]
    return min(each, key=len)
