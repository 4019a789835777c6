"""What the declaration lets each user do, worked out anew from the contracts, and every subject worth trying."""

from collections.abc import Iterator

from contracts.bus import PARTICIPANTS
from flowkit.contract import Participant, faults

from . import events

VERBS = ("PING", "INFO", "STATS")
NOBODYS = (
    *("api.v1.nothing", "flow.health.nobody", "auth.identify.nobody", "notice.nobody.told", "stray"),
    *("_INBOX.abc.def", "_INBOX_nobody.abc.def", "_INBOX_system.abc.def"),
    *("$JS.API.INFO", "$JS.API.STREAM.NAMES", "$JS.API.STREAM.CREATE.mine", "$JS.ACK.a.b.1.1.1.1.1", "$KV.any.key"),
    *("$SYS.REQ.SERVER.PING", "$SYS.REQ.ACCOUNT.FLOW.CONNZ", "$SYS.ACCOUNT.FLOW.CONNECT", "$SYS.REQ.USER.INFO"),
)
SERVICES = {"auth", "admin", "customer", "order", "payment", "notification"}
# Written by hand: whoever makes a stream can have it record what others say.
PLANNED = f"{faults.PREFIX}a.flow"
ASKING_FOR_FAULTS = {
    faults.CREATE: {"auth"},
    faults.DIRECT_GET: {*SERVICES, "operator"},
    PLANNED: {"operator"},
    **{f"$JS.API.STREAM.{what}.{faults.STREAM}": set[str]() for what in ("UPDATE", "DELETE", "PURGE", "MSG.GET")},
    f"$JS.API.CONSUMER.CREATE.{faults.STREAM}": set[str](),
}
HEARING_FAULTS = SERVICES
WILD = (
    *(">", "*", "*.>", "*.*", "*.*.*.*", "api.>", "api.v1.*.*", "api.v1.auth.>", "flow.health.*", "auth.identify.*"),
    *("notice.>", "notice.*.*", "_INBOX.>", "_INBOX_*.>", "$SRV.>", "$SRV.*", "$SRV.PING.>", "$SRV.PING.*"),
    *("$JS.>", "$JS.API.>", "$KV.>", "$SYS.>", "$SYS.REQ.>", "$>", "$*.>"),
)
NAMES = tuple(each.name for each in PARTICIPANTS)
GROUPS = (*NAMES, "strangers")


def contracts_and_notices() -> Iterator[str]:
    for each in PARTICIPANTS:
        yield from (contract.subject for contract in (*each.serves, *each.calls))
        yield from (event.subject for event in (*each.tells, *each.hears))


def services_protocol() -> Iterator[str]:
    for verb in VERBS:
        yield f"$SRV.{verb}"
        for name in NAMES:
            yield from (f"$SRV.{verb}.{name}", f"$SRV.{verb}.{name}.0a1b")


def inboxes() -> Iterator[str]:
    yield from (f"_INBOX_{name}.abc.def" for name in NAMES)


EXACT = tuple(
    sorted(
        {*contracts_and_notices(), *services_protocol(), *inboxes(), *NOBODYS, *ASKING_FOR_FAULTS, *events.MAY_PUBLISH}
    )
)
PATTERNS = (
    *EXACT,
    *WILD,
    *events.PATTERNS,
    faults.EVERY,
    *(f"_INBOX_{name}.>" for name in NAMES),
    *(f"$SRV.PING.{name}.*" for name in NAMES),
)


def may_publish(who: Participant, subject: str) -> bool:
    if subject in {*(each.subject for each in who.calls), *(each.subject for each in who.tells)}:
        return True
    if subject in ASKING_FOR_FAULTS:
        return who.name in ASKING_FOR_FAULTS[subject]
    if subject in events.MAY_PUBLISH:
        return who.name in events.MAY_PUBLISH[subject]
    if subject.startswith("$SRV."):
        return who.inspects
    return any(subject == f"_INBOX_{other.name}.abc.def" for other in PARTICIPANTS if _asks(other, who))


def may_subscribe(who: Participant, pattern: str, group: str) -> bool:
    """As a member of its own group to what it answers; else to what is its own, where a group changes nothing."""
    if group == who.name and pattern in {each.subject for each in who.serves}:
        return True
    own = {*(each.subject for each in who.hears), f"_INBOX_{who.name}.abc.def", f"_INBOX_{who.name}.>"}
    if who.serves:
        own |= {f"$SRV.{verb}{rest}" for verb in VERBS for rest in ("", f".{who.name}", f".{who.name}.0a1b")}
        own |= {f"$SRV.PING.{who.name}.*"}
    if who.name in HEARING_FAULTS:
        own |= {faults.EVERY, PLANNED}
    # Nobody listens to events: whoever reacts pulls, and an operator reads what is stored.
    return pattern in own


def _asks(other: Participant, who: Participant) -> bool:
    if other.inspects and who.serves:
        return True
    return bool({each.subject for each in other.calls} & {each.subject for each in who.serves})
