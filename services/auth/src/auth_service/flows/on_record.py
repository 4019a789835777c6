"""What the audit log says of sessions."""

from collections.abc import Sequence
from dataclasses import replace

from flowkit.audit import Entry
from flowkit.call import Call
from flowkit.contract import Role

from auth_service.ports import Why


def opened(call: Call, role: Role, user_id: str, session: str) -> Entry:
    return replace(Entry.of(call, "session.open", role, user_id).by(role, user_id), session=session)


def ended(call: Call, role: Role, user_id: str, sessions: Sequence[str], why: Why) -> tuple[Entry, ...]:
    """One entry, however many ended by this; none where there was nothing to end."""
    if not sessions:
        return ()
    entry = Entry.of(call, f"session.{why}", role, user_id)
    if call.service:
        entry = entry.by("service", call.service)
    return (replace(entry, session=sessions[0] if len(sessions) == 1 else None, times=len(sessions)),)


def revoked(call: Call, keys: Sequence[str]) -> tuple[Entry, ...]:
    """An entry for each, so that whoever asks what became of a key finds it."""
    return tuple(Entry.of(call, "api-key.revoke", "api-key", key).by("service", call.service) for key in keys)
