"""Answers auth.keys."""

from dataclasses import dataclass

from flowkit.call import Call
from flowkit.contract import Nothing
from flowkit.contract.keys import PublicKeys

from auth_service.keyring import Keyring


@dataclass(frozen=True, slots=True)
class PublishKeys:
    """Tell everyone the public keys that tokens are verified by."""

    keyring: Keyring

    async def run(self, _: Nothing, call: Call) -> PublicKeys:
        call.step("Listing public keys")
        return self.keyring.published()
