"""docs/header-contract.md is the whole of what a header may mean: every name is on it, and no name is made up."""

import re
from pathlib import Path

from flowkit.wire import headers

PAGE = (Path(__file__).parents[2] / "docs" / "header-contract.md").read_text()
NAMES = {value for name, value in vars(headers).items() if name.isupper() and isinstance(value, str)}
# At the HTTP edge alone, where they are the gateway's own affair.
AT_THE_EDGE = {"x-forwarded-for", "forwarded", "Idempotency-Key"}


def told() -> set[str]:
    firsts = [line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| `")]
    return {name for first in firsts for name in re.findall(r"`([^`]+)`", first)}


def test_every_header_is_on_the_page() -> None:
    assert told() >= NAMES


def test_no_other_header_is() -> None:
    assert told() - AT_THE_EDGE <= NAMES
