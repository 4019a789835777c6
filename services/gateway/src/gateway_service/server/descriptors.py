"""How many connections this process may hold: each takes a descriptor, and without one left Granian spins."""

import resource

MOST_CONNECTIONS = 10_000
# The bus, the ops port, logs, telemetry, and what Python opens.
_KEPT_BACK = 128


def raise_limit() -> int:
    """Ask for as many descriptors as are wanted and allowed; the connections there is room for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + _KEPT_BACK
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    return connections_within(max(soft, allowed))


def connections_within(descriptors: int) -> int:
    return max(1, min(MOST_CONNECTIONS, descriptors - _KEPT_BACK))
