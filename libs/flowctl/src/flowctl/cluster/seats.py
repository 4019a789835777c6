"""Who will run where: one seat for each replica of each service, with ports of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flowkit.servers import free_ports

from flowctl.cluster.services import GATEWAY, ServiceSpec


@dataclass(frozen=True, slots=True)
class Seat:
    spec: ServiceSpec
    replica: int
    ops_port: int
    port: int | None = None

    @property
    def name(self) -> str:
        return self.spec.name if self.replica == 0 else f"{self.spec.name}-{self.replica + 1}"


def seats(specs: Sequence[ServiceSpec], replicas: Mapping[str, int], gateway_port: int) -> list[Seat]:
    """The first gateway listens on `gateway_port`, each further one on a free port."""
    places = [(spec, replica) for spec in specs for replica in range(replicas.get(spec.name, spec.replicas))]
    ports = iter(free_ports(2 * len(places)))
    return [
        Seat(spec, replica, next(ports), _port(spec, replica, gateway_port, next(ports))) for spec, replica in places
    ]


def _port(spec: ServiceSpec, replica: int, gateway_port: int, another: int) -> int | None:
    if spec.name != GATEWAY:
        return None
    return gateway_port if replica == 0 else another
