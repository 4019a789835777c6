"""How everyone who gave up on a service learns at once that it is back."""

from typing import Annotated

from msgspec import Meta

from flowkit.contract.contract import Notice
from flowkit.contract.payload import Reply


class Serving(Reply):
    """The subjects of one who has just begun to answer, or whose connection has come back."""

    flows: Annotated[tuple[Annotated[str, Meta(min_length=1, max_length=256)], ...], Meta(max_length=1000)]


# Nothing stands on its arrival: whoever misses it tries again within a second.
serving = Notice("notice.every.serving", Serving)
