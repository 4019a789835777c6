"""Answers auth.identify.NAME."""

from dataclasses import dataclass
from datetime import timedelta

from flowkit.call import Call
from flowkit.contract import Nothing
from flowkit.contract.badge import Badge

from auth_service.keyring import Keyring


@dataclass(frozen=True, slots=True)
class IdentifyService:
    """Give a service proof of who it is. That it is this one the bus has seen to: nobody else may ask here."""

    keyring: Keyring
    name: str
    lifetime: timedelta

    async def run(self, _: Nothing, call: Call) -> Badge:
        call.about("service", self.name)
        call.step("Signing the service's badge")
        token = self.keyring.sign_service(self.name, self.lifetime)
        return Badge(token=token, expires_in=self.lifetime.total_seconds())
