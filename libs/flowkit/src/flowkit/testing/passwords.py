"""Passwords for flow tests: told apart, not kept."""

from flowkit.security.passwords import Verdict

_PLAIN, _OLD = "plain:", "old:"


class PlainPasswords:
    """Takes no time. `old` makes a hash that matches and wants to be replaced."""

    def __init__(self) -> None:
        self.unknown = 0

    async def hash(self, password: str) -> str:
        return _PLAIN + password

    async def verify(self, password: str, stored: str) -> Verdict:
        return Verdict(stored in (_PLAIN + password, _OLD + password), stored == _OLD + password)

    async def verify_unknown(self, password: str) -> Verdict:  # noqa: ARG002  the port's
        self.unknown += 1
        return Verdict(matches=False)

    @staticmethod
    def old(password: str) -> str:
        return _OLD + password
