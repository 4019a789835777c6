"""A flow every service with an audit log answers: what does it say?"""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from msgspec import UNSET

from flowkit.audit.transaction import Recording
from flowkit.call import Call
from flowkit.contract.audit import AuditPage, WhichEntries


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
        items = tuple(found[: request.limit])
        return AuditPage(items=items, next=items[-1].id if len(found) > request.limit else UNSET)
