"""How everyone learns at once that sessions have ended."""

from typing import Annotated

from msgspec import Meta

from flowkit.contract.contract import Notice
from flowkit.contract.payload import Reply

MOST_TOLD = 1000


class SessionsRevoked(Reply):
    """Ids of sessions and of API keys: what they vouched for is believed no more."""

    sessions: Annotated[tuple[Annotated[str, Meta(min_length=1, max_length=64)], ...], Meta(max_length=MOST_TOLD)]


# Nothing stands on its arrival: whoever misses it asks auth again within seconds.
sessions_revoked = Notice("notice.auth.revoked", SessionsRevoked)
