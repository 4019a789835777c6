"""Signing in by password: somebody unknown costs what anybody costs, and an old hash is replaced on the way."""

from collections.abc import Awaitable, Callable

import structlog

from flowkit.contract import FlowError
from flowkit.security.passwords import Passwords, Verdict

_log = structlog.get_logger("flowkit.security")


async def verify(passwords: Passwords, password: str, stored: str | None) -> Verdict:
    """The verdict on a stored hash; without one, a refusal after the same work and time."""
    if stored is None:
        return await passwords.verify_unknown(password)
    return await passwords.verify(password, stored)


async def renew(passwords: Passwords, password: str, replace: Callable[[str], Awaitable[None]]) -> None:
    """Hand a hash of today's kind to `replace`. It can wait for the next login; this one need not fail for it."""
    try:
        await replace(await passwords.hash(password))
    except FlowError as fault:
        _log.warning("an old password hash was not replaced", error_code=fault.code)
