"""gateway: what gateways tell each other."""

from typing import Annotated, Final

from flowkit.contract import Notice, Reply
from msgspec import Meta

MOST_TOLD: Final = 2000

# No address and no id: what a gateway makes of one, the same in each.
Key = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Tokens = Annotated[int, Meta(ge=-1_000_000, le=1_000_000)]
Keys = Annotated[tuple[tuple[Key, Tokens], ...], Meta(max_length=MOST_TOLD)]


class Spent(Reply):
    """Tokens taken from rate limits since it was last told, by the limit's name and by whom they were taken."""

    teller: Annotated[str, Meta(min_length=1, max_length=32)]
    spent: Annotated[dict[str, Keys], Meta(max_length=32)]


# Lost, each gateway keeps to the limits by itself for a moment.
spent = Notice("notice.gateway.spent", Spent)
