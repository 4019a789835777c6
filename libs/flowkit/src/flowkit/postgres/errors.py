"""What a fault of PostgreSQL or its driver means to a caller, told by SQLSTATE and cause."""

from collections.abc import Iterator

from asyncpg import exceptions as driver  # pyright: ignore[reportMissingTypeStubs]  # it ships none
from sqlalchemy.engine import ExceptionContext

from flowkit.contract import Invalid, TimedOut, Unavailable

_ONLY_READS = "25006"
"""SQLSTATE: it was the primary before a failover, or was set so where it is."""
_GONE = ("08", "53", "57P", _ONLY_READS)
"""SQLSTATEs: connection trouble, out of connections or memory, shutting down or starting up; and a server that only
reads."""
_TRY_AGAIN = ("40001", "40P01", "55P03", "25P03")
"""Lost against another transaction, or idle for too long: rolled back."""
_STATEMENT_TIMEOUT = "57014"
_BAD_DATA = "22"


class Taken(Exception):
    """A unique value exists already; `constraint` says which."""

    def __init__(self, constraint: str) -> None:
        self.constraint = constraint
        super().__init__(constraint)


def explain(context: ExceptionContext) -> BaseException | None:
    """SQLAlchemy's `handle_error`: what to raise in the place of a fault; None lets it pass as it is."""
    fault = context.original_exception
    if not isinstance(fault, Exception):
        return None
    lost = context.is_disconnect or is_lost(fault)
    # Without an errno it is a timer of ours; with one, the kernel's word that the server is gone.
    timed_out = any(isinstance(each, TimeoutError) and each.errno is None for each in chain(fault))
    # A command that had no answer in time leaves its connection unfit; the others may be well. So may they, for whoever
    # reads, where one led to a server that only reads: each such leaves the pool as somebody writes over it.
    context.invalidate_pool_on_disconnect = lost and not timed_out and not _only_reads(fault)
    context.is_disconnect = lost or timed_out
    return Unavailable() if lost and not timed_out else meaning(fault)


def meaning(fault: BaseException) -> Exception | None:
    for each in chain(fault):
        match each:
            case driver.UniqueViolationError():
                return Taken(str(getattr(each, "constraint_name", "")))
            case driver.DataError() | UnicodeEncodeError():
                return Invalid()
            case driver.InvalidCachedStatementError():
                return Unavailable()
            case TimeoutError():
                return TimedOut()
            case driver.PostgresError():
                return _meaning_of_state(_state(each))
            case _:
                continue
    return None


def is_lost(fault: BaseException) -> bool:
    """Whether there is no connection (any more), as opposed to one that complains."""
    for each in chain(fault):
        if isinstance(each, OSError):
            return True
        if isinstance(each, driver.PostgresError) and _state(each).startswith(_GONE):
            return True
    return False


def _only_reads(fault: BaseException) -> bool:
    return any(isinstance(each, driver.PostgresError) and _state(each) == _ONLY_READS for each in chain(fault))


def chain(fault: BaseException | None) -> Iterator[BaseException]:
    while fault is not None:
        yield fault
        fault = fault.__cause__


def _state(fault: driver.PostgresError) -> str:
    return str(getattr(fault, "sqlstate", ""))


def _meaning_of_state(state: str) -> Exception | None:
    if state == _STATEMENT_TIMEOUT:
        return TimedOut()
    if state.startswith(_GONE) or state in _TRY_AGAIN:
        return Unavailable()
    return Invalid() if state.startswith(_BAD_DATA) else None
