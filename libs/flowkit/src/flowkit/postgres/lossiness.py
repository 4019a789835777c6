"""Settings of a server under which it may lose what it has committed."""

from typing import Final

from sqlalchemy import RowMapping, text

LOST_WITHOUT: Final = {
    "fsync": "a crash of its machine may lose what was committed, and damage the rest",
    "full_page_writes": "a page that was half written in a crash of its machine stays damaged",
    "synchronous_commit": "a crash, of the server alone too, loses what was committed last",
}

# Of this session: synchronous_commit may differ by role and by database.
ASKED: Final = text(f"SELECT {', '.join(f"current_setting('{name}') AS {name}" for name in LOST_WITHOUT)}")


def turned_off(told: RowMapping) -> tuple[str, ...]:
    """`synchronous_commit` knows more words, all of which at least sync here first."""
    return tuple(name for name in LOST_WITHOUT if told[name] == "off")
