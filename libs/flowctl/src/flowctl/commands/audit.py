"""`flow audit`: who did what to whom."""

import sys
from collections.abc import AsyncGenerator, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

import msgspec
from cyclopts import Parameter, validators
from flowkit.bus import Bus
from flowkit.contract.audit import AuditEntry, AuditPage, WhichEntries, audit_of
from flowkit.wire import envelope, headers
from msgspec import UNSET
from rich import box
from rich.console import Console
from rich.table import Table

from flowctl.cluster_at_hand import nats_url
from flowctl.commands.call import ask, badge
from flowctl.connection import connected
from flowctl.failure import Failure
from flowctl.tree.picture import printable

WITHIN_S = 5.0
PAGE = 100
# Not on a terminal there is nothing to fit into.
WIDE = 260
COLUMNS = ("at", "service", "action", "outcome", "by", "on", "from", "times", "trace")

type Service = Literal["auth", "admin", "customer"]
type Told = tuple[str, AuditEntry]
"""An entry, and whose audit log it is from."""


async def audit(
    *,
    service: Annotated[tuple[Service, ...], Parameter(negative=())] = ("auth", "admin", "customer"),
    actor: str | None = None,
    subject: str | None = None,
    about: str | None = None,
    trace: str | None = None,
    since: timedelta | None = None,
    limit: Annotated[int, Parameter(validator=validators.Number(gte=1, lte=10_000))] = PAGE,
    json: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """Show who did what to whom, the newest first.

    Parameters
    ----------
    service
        The one whose audit log is read; may be given more than once. All of them, unless it is.
    actor
        The id of who did it.
    subject
        The id of whom it was done to.
    about
        The id of either.
    trace
        The trace it was done in.
    since
        How far back: 90m, 2h, 7d.
    limit
        How many to show.
    json
        An object a line, for another program.
    """
    asked = Asked(actor, subject, about, trace, since)
    async with connected(nats_url()) as bus:
        desk = Desk(bus, await badge(bus, WITHIN_S))
        found = [each for name in service async for each in desk.newest(name, asked, limit)]
    found.sort(key=lambda each: each[1].id, reverse=True)
    if json:
        sys.stdout.writelines(f"{line}\n" for line in _lines(found[:limit]))
    else:
        Console(width=None if sys.stdout.isatty() else WIDE, markup=False).print(_table(found[:limit]))


@dataclass(frozen=True, slots=True)
class Asked:
    actor: str | None
    subject: str | None
    about: str | None
    trace: str | None
    since: timedelta | None

    def before(self, id_: str | None) -> WhichEntries:
        return WhichEntries(
            actor=self.actor or UNSET,
            subject=self.subject or UNSET,
            about=self.about or UNSET,
            trace=self.trace or UNSET,
            since=UNSET if self.since is None else datetime.now(UTC) - self.since,
            before=id_ or UNSET,
            limit=PAGE,
        )


@dataclass(frozen=True, slots=True)
class Desk:
    """Where the services are asked, and by what they know the operator."""

    bus: Bus
    badge: str

    async def newest(self, service: str, asked: Asked, limit: int) -> AsyncGenerator[Told]:
        shown, last = 0, None
        while shown < limit:
            page = await self._page(service, asked.before(last))
            for entry in page.items:
                yield service, entry
            shown += len(page.items)
            if page.next is UNSET:
                return
            last = page.next

    async def _page(self, service: str, which: WhichEntries) -> AuditPage:
        subject = audit_of(service).subject
        reply = await ask(self.bus, subject, msgspec.json.encode(which), WITHIN_S, {headers.SERVICE: self.badge})
        answer = envelope.decode(reply.message.data)
        if not answer.success:
            faults = [f"{wrong.field}: {wrong.message}" for wrong in answer.detailed]
            raise Failure(f"{subject}: {', '.join([answer.message, *faults])}")
        return msgspec.json.decode(answer.data, type=AuditPage)


def _lines(found: Iterable[Told]) -> Iterable[str]:
    for service, entry in found:
        yield msgspec.json.encode({"service": service, **msgspec.to_builtins(entry)}).decode()


def _table(found: Sequence[Told]) -> Table:
    table = Table(*COLUMNS, box=box.SIMPLE_HEAD)
    for service, entry in found:
        row = (
            entry.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"),
            service,
            entry.action,
            entry.outcome,
            _party(entry.actor_role, entry.actor),
            _party(entry.subject_kind, entry.subject),
            entry.client_network or "",
            str(entry.times),
            entry.trace_id or "",
        )
        table.add_row(*map(printable, row))
    return table


def _party(kind: str | None, id_: str | None) -> str:
    return " ".join(filter(None, (kind, id_)))
