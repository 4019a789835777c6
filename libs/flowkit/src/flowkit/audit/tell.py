"""A flow every service with an audit log answers: what does it say?"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from msgspec import UNSET

from flowkit.audit.transaction import Recording
from flowkit.call import Call
from flowkit.contract.audit import AuditEntry, AuditPage, WhichEntries


class Reading(Protocol):
    def reading(self) -> AbstractAsyncContextManager[Recording]: ...


@dataclass(frozen=True, slots=True)
class TellAudit:
    """Show a page of the audit log, the newest first."""

    store: Reading

    async def run(self, request: WhichEntries, call: Call) -> AuditPage:
        with call.step("Reading the audit log"):
            async with self.store.reading() as tx:
                found = await tx.entries(request)
        return page_of(found, request.limit)


def page_of(found: Sequence[AuditEntry], limit: int) -> AuditPage:
    """Of what a transaction has found: one more than the limit where there is more."""
    items = tuple(found[:limit])
    return AuditPage(items=items, next=items[-1].id if len(found) > limit else UNSET)
