"""A transaction of auth's database; what is done in it lies with each topic's own file."""

from flowkit.audit import Audited


class Transaction(Audited):
    """With the audit log, which every topic writes to."""

    __slots__ = ()
