"""What a process has of auth over the bus: the public keys, and its own badge."""

from flowkit.client.client import Client
from flowkit.contract import Nothing
from flowkit.contract.badge import Badge, identify
from flowkit.contract.keys import public_keys
from flowkit.security import tokens
from flowkit.security.identity import public_key


async def fetch_keys(client: Client) -> tokens.PublicKeys:
    published = await client.call(public_keys, Nothing())
    return {key.kid: public_key(key.x) for key in published.keys}


async def fetch_badge(client: Client) -> Badge:
    return await client.call(identify(client.name), Nothing())
