"""Who is let in: each route has a lane, and when that is full the next one is turned away before anything is done."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import msgspec
from flowkit.telemetry.metrics import Metrics

from gateway_service.http.lane import Lane
from gateway_service.http.route import Route

_PARAMETER = re.compile(r"\\\{\w+\\\}")
# Hashing is bounded where it is done, and a wrong password takes long on purpose: its time tells nothing of load.
_HASHED: Final = "password"

type Matching = Callable[[str], re.Match[str] | None]


@dataclass(frozen=True, slots=True)
class Guarded:
    """A route, and its lane."""

    path: str
    method: str
    lane: Lane


class Admission:
    """Finds the lane of a request by its path, before anything else is known of it."""

    def __init__(self, routes: Iterable[Route], tolerance: float) -> None:
        timed = [route for route in routes if tolerance and _is_timed(route)]
        self._guarded = [Guarded(route.path, route.method, Lane(tolerance)) for route in timed]
        self._plain = {(each.method, each.path): each for each in self._guarded if "{" not in each.path}
        self._patterns = [(each.method, _pattern(each.path), each) for each in self._guarded if "{" in each.path]

    def tell(self, metrics: Metrics) -> None:
        for each in self._guarded:
            metrics.lane(each.path, each.method, each.lane.told_limit)

    def guarded(self, method: str, path: str) -> Guarded | None:
        """None where nothing is bounded here: a page, an unknown path, a flow that hashes."""
        method = "GET" if method == "HEAD" else method
        found = self._plain.get((method, path))
        if found is not None:
            return found
        return next((each for asked, pattern, each in self._patterns if asked == method and pattern(path)), None)


def _is_timed(route: Route) -> bool:
    fields = msgspec.structs.fields(route.contract.request)
    return not any(_HASHED in field.name for field in fields)


def _pattern(path: str) -> Matching:
    return re.compile(_PARAMETER.sub("[^/]+", re.escape(path))).fullmatch
