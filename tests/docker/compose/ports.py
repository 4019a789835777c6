"""Free ports in a row, as a range in a Compose file wants them."""

import random

from flowkit.servers.ports import SERVER_PORTS, is_free

TRIES = 1000


def neighbours(count: int) -> str:
    """As Compose writes them: 20001, or 20001-20003."""
    for _ in range(TRIES):
        first = random.randrange(SERVER_PORTS.start, SERVER_PORTS.stop - count)  # noqa: S311  chance, not secrecy
        if all(is_free(port) for port in range(first, first + count)):
            return str(first) if count == 1 else f"{first}-{first + count - 1}"
    raise AssertionError(f"no {count} free ports in a row in {TRIES} tries")
