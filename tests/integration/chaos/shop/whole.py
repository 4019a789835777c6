"""Whether the trace of an operation is one tree, with all its parts and steps, from the request to the last letter."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from flowkit.telemetry.names import CUT_OFF

from tests.telemetry.spans import Span

from .history import Operation

SUCCESS: Final = "SUCCESS"


@dataclass(frozen=True, slots=True)
class Part:
    """A span, as its line of a tree; what it says, step by step; and what hangs on it."""

    line: str
    steps: tuple[str, ...] = ()
    parts: tuple["Part", ...] = ()


CONTACT: Final = "api.v1.customer.contact"
LETTER: Final = Part(
    "INTERNAL notification send notification",
    ("Asking where customer is written to", "Sending message", SUCCESS),
    (
        Part(
            f"CLIENT notification request {CONTACT}",
            parts=(Part(f"SERVER customer {CONTACT}", ("Looking up contact", SUCCESS)),),
        ),
    ),
)


def _asked(path: str, subject: str, answered: Part) -> Part:
    return Part(f"SERVER gateway POST {path}", parts=(Part(f"CLIENT gateway request {subject}", parts=(answered,)),))


def _announced(service: str, event: str, *parts: Part, notification: str = "notification") -> Part:
    """Customers are told of each."""
    told = Part(f"CONSUMER notification process {event}", (f"Putting down {notification}", SUCCESS), (LETTER,))
    return Part(f"PRODUCER {service} publish {event}", parts=(told, *parts))


def _ordered(end: str) -> Part:
    marking = {"completed": "Marking order paid", "failed": "Marking order failed"}[end]
    ended = Part(
        f"CONSUMER order process event.payment.{end}.v1",
        ("Looking up order", "Checking the payment fits the order", marking, SUCCESS),
    )
    paid = Part(
        "CONSUMER payment process event.order.created.v1",
        ("Charging customer", "Recording payment", f"Announcing payment {end}", SUCCESS),
        (_announced("payment", f"event.payment.{end}.v1", ended),),
    )
    return _announced("order", "event.order.created.v1", paid)


def order_that(end: str) -> Part:
    subject = "api.v1.order.create"
    steps = ("Adding up items", "Creating order", "Announcing order", SUCCESS)
    return _asked("/api/v1/orders", subject, Part(f"SERVER order {subject}", steps, (_ordered(end),)))


def registration_that(end: str) -> Part:
    """The end is that of the welcome order."""
    event, subject = "event.customer.registered.v1", "api.v1.customer.register"
    steps = ("Creating welcome order", "Announcing order", SUCCESS)
    welcome = Part(f"CONSUMER order process {event}", steps, (_ordered(end),))
    registered = _announced("customer", event, welcome, notification="welcome notification")
    steps = ("Checking email not taken", "Hashing password", "Creating customer", SUCCESS)
    return _asked("/api/v1/customer/register", subject, Part(f"SERVER customer {subject}", steps, (registered,)))


@dataclass(frozen=True, slots=True)
class Whole:
    """`lacking` is what is not there, parts and steps; `adrift` are the spans whose parent is not."""

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
    found = [span for span in below.get(parent_id, ()) if str(span) == part.line]
    if not found:
        return [part.line]
    each = [[lack for hung in part.parts for lack in _lacking(hung, span.span_id, below)] for span in found]
    return [*_unsaid(part, found), *min(each, key=len)]


def _unsaid(part: Part, tries: Sequence[Span]) -> list[str]:
    """What no try of it has said. One that was killed at the end of its work has not come to say that it succeeded."""
    said = {step for span in tries for step in span.steps}
    if any(CUT_OFF in span.attributes for span in tries):
        said.add(SUCCESS)
    return [f"{part.line}: {step}" for step in part.steps if step not in said]
