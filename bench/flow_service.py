"""A flow of ours that answers from memory, so that what is measured is the way to it and back."""

import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime

from contracts import admin
from contracts.admin import Admin, AdminPage, Page
from flowkit.call import Call
from flowkit.contract import Query
from flowkit.process.host import Host
from flowkit.process.life import host
from flowkit.process.settings import ServiceSettings, read_or_exit
from flowkit.service import Service, serve

listed = Query("bench.flow", Page, AdminPage)
"""The same as `admin.get_list`, open to anyone."""


def _an_admin(number: int) -> Admin:
    email = f"admin-{number}@example.org"
    return Admin(id=f"0190b7a0-3c5e-7d11-9f3a-{number:012}", email=email, root=False, created_at=datetime.now(UTC))


@dataclass(frozen=True, slots=True)
class ListFromMemory:
    admins: tuple[Admin, ...]

    async def run(self, request: Page, call: Call) -> AdminPage:
        call.step("Fetching admin list")
        call.step("Counting total admins")
        return AdminPage(items=self.admins, total=len(self.admins), page=request.page, limit=request.limit)


class Settings(ServiceSettings, frozen=True, kw_only=True):
    stands_in: bool = False
    """For the admin service, which then must not run; else it answers on a subject of its own."""


async def answer(mine: Host[Settings]) -> None:
    flow = ListFromMemory(tuple(_an_admin(number) for number in range(10)))
    contract = admin.get_list if mine.settings.stands_in else listed
    await mine.serve(Service(mine.name, [serve(contract, flow)]))


if __name__ == "__main__":
    settings = read_or_exit(Settings, os.environ)
    # The bus lets admin alone answer for admin.
    sys.exit(host("admin" if settings.stands_in else "bench", settings, answer, os.environ))
