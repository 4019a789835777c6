"""What the spans of an event say of it: OpenTelemetry's words for a message, and our own for what it tells."""

from typing import Final, Literal

from flowkit.telemetry import names

type Operation = Literal["send", "process"]

_CALLED: Final[dict[Operation, str]] = {"send": "publish", "process": "process"}


def template_of(subject: str) -> str:
    """A subject ends with a partition; the template, as the span's name, without it."""
    return subject.rpartition(".")[0]


def attributes(operation: Operation, subject: str, event: str, event_id: str, message_id: str) -> dict[str, str]:
    return {
        names.MESSAGING_SYSTEM: "nats",
        names.MESSAGING_OPERATION: operation,
        names.MESSAGING_OPERATION_NAME: _CALLED[operation],
        names.MESSAGING_DESTINATION: subject,
        names.MESSAGING_TEMPLATE: template_of(subject),
        names.MESSAGING_MESSAGE: message_id,
        names.EVENT: event,
        names.EVENT_ID: event_id,
    }
