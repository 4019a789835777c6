"""Fetches the public keys over the bus."""

from flowkit.client.client import Client
from flowkit.contract import Nothing
from flowkit.contract.keys import public_keys
from flowkit.security import tokens
from flowkit.security.identity import public_key


async def fetch_keys(client: Client) -> tokens.PublicKeys:
    published = await client.call(public_keys, Nothing())
    return {key.kid: public_key(key.x) for key in published.keys}
