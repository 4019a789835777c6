"""The services of the cluster. A new one is one line here."""

from dataclasses import dataclass

GATEWAY = "gateway"
AUTH = "auth"
ADMIN = "admin"
NOTIFICATION = "notification"


@dataclass(frozen=True, slots=True)
class ServiceSpec:
    name: str
    module: str
    has_database: bool = True
    replicas: int = 1


SERVICES = (
    ServiceSpec(GATEWAY, "gateway_service", has_database=False),
    ServiceSpec(AUTH, "auth_service"),
    ServiceSpec(ADMIN, "admin_service"),
    ServiceSpec("customer", "customer_service"),
    ServiceSpec("order", "order_service"),
    ServiceSpec("payment", "payment_service"),
    ServiceSpec(NOTIFICATION, "notification_service"),
)
