"""Where a reply may go: whoever asks names any subject, and NATS lets us send to the inbox of each of our callers."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from flowkit.contract import ANYBODYS_INBOX, inbox_prefix_of


@dataclass(frozen=True, slots=True)
class Replies:
    """`callers` are the names of those who may ask, by subject; None where everybody may."""

    callers: Mapping[str, Collection[str]] | None = None

    def may_go(self, subject: str, reply: str) -> bool:
        if self.callers is None or not reply:
            return True
        return any(_is_inbox_of(name, reply) for name in self.callers.get(subject, ())) or _is_anybodys(reply)

    def may_go_to(self, service: str, reply: str) -> bool:
        """Once a service has proven who it is, to its own inbox alone."""
        return self.callers is None or not reply or _is_inbox_of(service, reply) or _is_anybodys(reply)


def _is_inbox_of(name: str, reply: str) -> bool:
    return reply.startswith(f"{inbox_prefix_of(name)}.")


def _is_anybodys(reply: str) -> bool:
    """On a bus that asks nobody who they are; where it does, nobody may send there."""
    return reply.startswith(f"{ANYBODYS_INBOX}.")
