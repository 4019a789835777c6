"""Who is answered what: written down by hand, so that a contract that changes its mind is noticed here.

A status for each persona: anyone, the owner of what is asked about, another customer, an admin, the root admin, the
owner after having been disabled, and a service without a user.
"""

from dataclasses import dataclass
from typing import Final, Literal

Persona = Literal["anyone", "owner", "other", "admin", "root", "disabled", "service"]
PERSONAS: Final[tuple[Persona, ...]] = ("anyone", "owner", "other", "admin", "root", "disabled", "service")


@dataclass(frozen=True, slots=True)
class Row:
    """`spends` whom or what it is asked about: each cell that is not refused has its own."""

    statuses: tuple[int, ...]
    spends: bool = False

    def expected(self, persona: Persona) -> int:
        return self.statuses[PERSONAS.index(persona)]

    def spends_on(self, persona: Persona) -> bool:
        return self.spends and self.expected(persona) < 400


def row(statuses: str, *, spends: bool = False) -> Row:
    return Row(tuple(map(int, statuses.split())), spends)


# fmt: off
#                                           anyone owner other admin root disabled service
TABLE: Final = {
    "api.v1.healthcheck":             row("   200   200   200   200  200      200     200"),
    "api.v1.admin.login":             row("   200   200   200   200  200      200     200"),
    "api.v1.admin.createAdmin":       row("   401   403   403   403  201      401     401"),
    "api.v1.admin.getList":           row("   401   403   403   200  200      401     401"),
    "api.v1.admin.changePassword":    row("   401   403   403   200  200      401     401", spends=True),
    "api.v1.admin.setStatus":         row("   401   403   403   403  200      401     401"),
    "api.v1.customer.register":       row("   201   201   201   201  201      201     201"),
    "api.v1.customer.login":          row("   200   200   200   200  200      401     200"),
    "api.v1.customer.getList":        row("   401   403   403   200  200      401     401"),
    "api.v1.customer.get":            row("   401   200   404   200  200      401     401"),
    "api.v1.customer.export":         row("   401   200   404   200  200      401     401"),
    "api.v1.customer.update":         row("   401   200   404   200  200      401     401"),
    "api.v1.customer.delete":         row("   401   200   404   200  200      401     401", spends=True),
    "api.v1.customer.changePassword": row("   401   200   200   403  403      401     401", spends=True),
    "api.v1.customer.setStatus":      row("   401   403   403   200  200      401     401"),
    "api.v1.order.create":           row("   401   201   201   403  403      401     401"),
    "api.v1.order.getList":          row("   401   200   200   200  200      401     401"),
    "api.v1.order.get":              row("   401   200   404   200  200      401     401"),
    "api.v1.notification.getList":   row("   401   403   403   200  200      401     401"),
    "api.v1.auth.me":                 row("   401   200   200   200  200      401     401"),
    "api.v1.auth.sessions":           row("   401   200   200   200  200      401     401"),
    "api.v1.auth.refresh":            row("   401   200   200   200  200      401     401", spends=True),
    "api.v1.auth.logout":             row("   401   200   200   200  200      401     401", spends=True),
    "api.v1.auth.makeApiKey":         row("   401   403   403   201  201      401     401"),
    "api.v1.auth.listApiKeys":        row("   401   403   403   200  200      401     401"),
    "api.v1.auth.revokeApiKey":       row("   401   403   403   200  200      401     401", spends=True),
    "api.v1.auth.keys":               row("   200   200   200   200  200      200     200"),
}
# fmt: on
