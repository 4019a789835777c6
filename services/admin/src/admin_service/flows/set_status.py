"""Answers admin.setStatus."""

from dataclasses import dataclass
from typing import Final

from contracts import auth
from contracts.admin import AdminStatus, NoSuchAdmin, RootStays, Status, StatusChange
from flowkit.audit import Entry
from flowkit.call import Call

from admin_service.ports import Flows, Store

_ACTIONS: Final[dict[Status, str]] = {"disabled": "admin.disable", "active": "admin.enable"}


@dataclass(frozen=True, slots=True)
class SetStatus:
    """Shut another admin out, or let them in again."""

    store: Store
    flows: Flows

    async def run(self, request: StatusChange, call: Call) -> AdminStatus:
        call.about("admin", request.id)
        disabled = request.status == "disabled"
        async with self.store.transaction() as tx:
            call.step("Disabling admin" if disabled else "Enabling admin")
            if (account := await tx.account_by_id(request.id)) is None:
                raise NoSuchAdmin
            if account.root:
                raise RootStays
            await tx.set_disabled(account.id, disabled=disabled)
            # Inside: where sessions cannot be ended nothing has changed, and asking again is safe.
            if disabled:
                with call.step("Ending sessions"):
                    await self.flows.call(
                        auth.end_sessions, auth.SessionsToEnd(id=request.id, role="admin", why="disabled")
                    )
            await tx.record(Entry.of(call, _ACTIONS[request.status], "admin", request.id))
        return AdminStatus(id=request.id, status=request.status)
