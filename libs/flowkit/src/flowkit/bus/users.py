"""The users of a nats-server in its own words. It holds no password: each is in a file that is included."""

from collections.abc import Iterable, Iterator, Sequence

from flowkit.bus.permissions import Permissions
from flowkit.contract import Participant

SYSTEM = "system"
PASSWORDS = "passwords"


def names(participants: Iterable[Participant]) -> tuple[str, ...]:
    """Each user that needs a password."""
    return (*(each.name for each in participants), SYSTEM)


def render(participants: Sequence[Participant]) -> str:
    """One account for all of ours, where JetStream is, and one apart for whoever looks after the server itself."""
    lines = [
        "system_account: SYS",
        "accounts {",
        f'  SYS {{ users: [ {{ user: {SYSTEM}, include "{PASSWORDS}/{SYSTEM}.conf" }} ] }}',
        "  FLOW {",
        "    jetstream: enabled",
        "    users: [",
        *(line for each in participants for line in _user(each, Permissions.of(each, participants))),
        "    ]",
        "  }",
        "}",
    ]
    return "\n".join(lines) + "\n"


def _user(who: Participant, permissions: Permissions) -> Iterator[str]:
    yield from ("      {", f"        user: {who.name}", f'        include "{PASSWORDS}/{who.name}.conf"')
    yield "        permissions {"
    yield from _allowed("publish", permissions.publish)
    yield from _allowed("subscribe", permissions.subscribe)
    yield from ("        }", "      }")


def _allowed(what: str, patterns: Sequence[str]) -> Iterator[str]:
    if not patterns:
        # An empty list of what is allowed forbids nothing.
        yield f'          {what} {{ deny: ">" }}'
        return
    yield f"          {what} {{ allow: ["
    yield from (f'            "{pattern}"' for pattern in patterns)
    yield "          ] }"
