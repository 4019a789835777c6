"""API keys in PostgreSQL: of the secret its digest alone."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from contracts.api_keys import ApiKey, MadeApiKey
from flowkit.audit import Entry
from flowkit.call import Call
from flowkit.contract import Unauthorized
from flowkit.postgres import Store
from sqlalchemy import ColumnElement, RowMapping, delete, func, insert, select, update

from auth_service.api_key import KeptApiKey
from auth_service.store.sessions import IS_OPEN
from auth_service.store.transaction import Transaction
from auth_service.tables import api_keys, sessions

_KEPT = tuple(api_keys.c[name] for name in KeptApiKey.__dataclass_fields__)
_SHOWN = tuple(api_keys.c[name] for name in ApiKey.__struct_fields__)


@dataclass(frozen=True, slots=True)
class StoredApiKeys:
    store: Store[Transaction]

    async def add(self, key: KeptApiKey, made: MadeApiKey, call: Call) -> None:
        async with self.store.transaction() as tx:
            await _hold_session(tx, call.user.session)
            await tx.connection.execute(insert(api_keys).values(**asdict(key)))
            await tx.record(Entry.of(call, "api-key.make", "api-key", key.id))
            await tx.keep(made, call)

    async def find(self, id_: str) -> KeptApiKey | None:
        async with self.store.reading() as tx:
            row = (await tx.connection.execute(select(*_KEPT).where(_is(id_)))).mappings().one_or_none()
        return None if row is None else KeptApiKey(**_values(row))

    async def page(self, page: int, limit: int) -> Sequence[ApiKey]:
        ordered = select(*_SHOWN).order_by(api_keys.c.created_at, api_keys.c.id)
        async with self.store.reading() as tx:
            rows = await tx.connection.execute(ordered.offset((page - 1) * limit).limit(limit))
        return [ApiKey(**_values(row)) for row in rows.mappings()]

    async def count(self) -> int:
        async with self.store.reading() as tx:
            return await tx.connection.scalar(select(func.count()).select_from(api_keys)) or 0

    async def remove(self, id_: str, call: Call) -> bool:
        async with self.store.transaction() as tx:
            if (await tx.connection.execute(delete(api_keys).where(_is(id_)))).rowcount == 0:
                return False
            await tx.record(Entry.of(call, "api-key.revoke", "api-key", id_))
            return True

    async def note_use(self, id_: str) -> None:
        async with self.store.transaction() as tx:
            await tx.connection.execute(update(api_keys).where(_is(id_)).values(last_used_at=func.now()))


async def _hold_session(tx: Transaction, session: str) -> None:
    """Whoever ends the maker's sessions waits for this transaction, and then finds the key too."""
    still_open = select(sessions.c.id).where(sessions.c.id == session, IS_OPEN).with_for_update(read=True)
    if not session or await tx.connection.scalar(still_open) is None:
        raise Unauthorized


def _values(row: RowMapping) -> dict[str, Any]:
    return {**row, "contracts": tuple(row["contracts"])}


def _is(id_: str) -> ColumnElement[bool]:
    return api_keys.c.id == id_
