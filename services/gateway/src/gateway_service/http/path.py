"""What is told of a path: words and ids. Whatever else a client has put there may be a secret."""

import re
from functools import lru_cache

_LONGEST = 256
_TELLABLE = re.compile(r"[a-z][a-z._-]{0,31}|v[0-9]|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def tellable(path: str) -> str:
    return _told(path[:_LONGEST])


@lru_cache(maxsize=1024)
def _told(path: str) -> str:
    return "/".join(part if not part or _TELLABLE.fullmatch(part) else "…" for part in path.split("/"))
