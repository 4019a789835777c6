"""A transaction of auth's database; what is done in it lies with each topic's own file."""

from flowkit.audit import Audited
from flowkit.call import Call
from flowkit.postgres import ledger
from msgspec import Struct


class Transaction(Audited):
    """With the audit log, which every topic writes to."""

    __slots__ = ()

    async def keep(self, answer: Struct, call: Call) -> None:
        await ledger.keep(self.connection, call.receipt, answer)
