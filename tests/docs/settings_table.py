"""The table of settings in docs/operations.md, made from the code; as a program it rewrites it."""

import re
from pathlib import Path

from admin_service.settings import Settings as AdminSettings
from auth_service.settings import Settings as AuthSettings
from customer_service.settings import Settings as CustomerSettings
from flowkit.process.settings import DatabaseSettings, ReactingSettings, Row, ServiceSettings, describe
from gateway_service.settings import Settings as GatewaySettings
from notification_service.settings import Settings as NotificationSettings
from order_service.settings import Settings as OrderSettings
from payment_service.settings import Settings as PaymentSettings

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"
_BETWEEN = re.compile(r"(<!-- settings:.*?-->\n).*?(\n<!-- /settings -->)", re.DOTALL)
OWN = {
    "gateway": GatewaySettings,
    "auth": AuthSettings,
    "admin": AdminSettings,
    "customer": CustomerSettings,
    "order": OrderSettings,
    "payment": PaymentSettings,
    "notification": NotificationSettings,
}


def table() -> str:
    """Each variable once, with who reads it."""
    rows: dict[str, tuple[Row, str]] = {row.variable: (row, "all") for row in describe(ServiceSettings)}
    rows |= {row.variable: (row, "all that store") for row in describe(DatabaseSettings) if row.variable not in rows}
    rows |= {row.variable: (row, "all that react") for row in describe(ReactingSettings) if row.variable not in rows}
    for service, settings in OWN.items():
        for row in describe(settings):
            _, readers = rows.get(row.variable, (row, ""))
            if not readers.startswith("all"):
                rows[row.variable] = (row, f"{readers}, {service}".lstrip(", "))
    lines = [f"| `{row.variable}` | {row.expects} | {_default(row)} | {readers} |" for row, readers in rows.values()]
    return "\n".join(("| variable | expects | default | read by |", "|---|---|---|---|", *lines))


def written() -> str:
    return _BETWEEN.sub(lambda found: found[1] + table() + found[2], PAGE.read_text())


def _default(row: Row) -> str:
    if row.default is None:
        return "must be set"
    return f"`{row.default}`" if row.default else "-"


if __name__ == "__main__":
    PAGE.write_text(written())
