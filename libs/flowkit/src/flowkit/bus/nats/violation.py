"""What the server says of something it does not let us do."""

import re
from dataclasses import dataclass
from typing import Self

# nats-py hands it over in lower case.
_SAID = re.compile(r'permissions violation for (publish|subscription)[^"]*"([^"]*)"', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Violation:
    what: str
    is_publish: bool
    subject: str
    """In lower case, as it arrives."""

    @classmethod
    def read(cls, told: str) -> Self:
        said = _SAID.search(told)
        kind, subject = said.groups() if said else ("", "")
        return cls(told, kind.lower() == "publish", subject.lower())
