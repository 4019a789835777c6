"""Who is there, asked as ADR-32 says: every instance of every service answers for itself."""

import contextlib

import msgspec
from flowkit.bus import Bus
from flowkit.service.micro import CIRCUIT
from msgspec import Struct

STATS = "$SRV.STATS"
QUIET_S = 0.3
WITHIN_S = 3.0
NS_PER_MS = 1_000_000


class Endpoint(Struct, frozen=True):
    subject: str
    num_requests: int = 0
    num_errors: int = 0
    average_processing_time: int = 0

    @property
    def average_ms(self) -> float:
        return self.average_processing_time / NS_PER_MS


class Instance(Struct, frozen=True):
    name: str
    id: str
    version: str
    endpoints: tuple[Endpoint, ...] = ()
    metadata: dict[str, str] | None = None

    @property
    def circuits(self) -> dict[str, str]:
        """Of those it calls and leaves alone, or only tries, by subject."""
        told = self.metadata or {}
        return {key.removeprefix(CIRCUIT): state for key, state in told.items() if key.startswith(CIRCUIT)}


async def instances(bus: Bus) -> list[Instance]:
    replies = await bus.request_many(STATS, b"", quiet=QUIET_S, within=WITHIN_S)
    found = filter(None, (_read(reply.data) for reply in replies))
    return sorted(found, key=lambda instance: (instance.name, instance.id))


def _read(stats: bytes) -> Instance | None:
    """Anybody on the bus may answer; what is no answer of this protocol is passed over."""
    with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError):
        return msgspec.json.decode(stats, type=Instance)
    return None


async def subjects(bus: Bus) -> list[str]:
    return sorted({endpoint.subject for instance in await instances(bus) for endpoint in instance.endpoints})
