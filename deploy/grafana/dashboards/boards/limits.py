"""How near each service is to what it allows itself."""

from flowkit.telemetry import names

from deploy.grafana.dashboards.links import JOB
from deploy.grafana.dashboards.panels import bars, lines
from deploy.grafana.dashboards.promql import chosen, rate, some, total
from deploy.grafana.dashboards.queries import Promql
from deploy.grafana.dashboards.told import Panel, Told
from deploy.grafana.dashboards.variables import OF_SERVICE

_JOB = f"{{{{{JOB}}}}}"


def panels() -> tuple[Panel, ...]:
    return (
        _work(),
        _turned_away(),
        _pools(),
        _hashing(),
        _logins(),
        _sessions(),
        _replies(),
        _rate_limits(),
        _counted(),
    )


def _of(metric: str) -> str:
    return total(chosen(metric, OF_SERVICE), JOB)


def _work() -> Panel:
    told = Told(
        "Flows worked on and waiting, by service",
        "All instances together. Where some wait for long, more instances help; beyond FLOW_WAITING it says 503.",
    )
    return lines(
        told,
        Promql(_of(names.FLOWS_IN_FLIGHT), f"worked on · {_JOB}"),
        Promql(_of(names.FLOWS_WAITING), f"waiting · {_JOB}"),
    )


def _turned_away() -> Panel:
    told = Told(
        "Requests turned away a second, by route",
        "Refused unread by the gateways, so that the others stay fast. What is behind such a route is at its limit.",
        unit="reqps",
        empty="None: whoever came was let in",
    )
    query = some(total(rate(names.HTTP_TURNED_AWAY), names.LABEL_METHOD, names.LABEL_ROUTE))
    return bars(told, Promql(query, f"{{{{{names.LABEL_METHOD}}}}} {{{{{names.LABEL_ROUTE}}}}}"))


def _pools() -> Panel:
    told = Told(
        "Database connections in use, and who waits for one",
        "All instances together, beside all there are. Who waits found all of them in use.",
        empty="No service with a database is up",
    )
    return lines(
        told,
        Promql(_of(names.POOL_IN_USE), f"in use · {_JOB}"),
        Promql(_of(names.POOL_SIZE), f"most · {_JOB}"),
        Promql(_of(names.POOL_WAITING), f"waiting · {_JOB}"),
    )


def _hashing() -> Panel:
    told = Told(
        "Passwords being hashed, and those in line",
        "Hashing takes a processor for a while, on purpose. Past PASSWORD_LINE a login is told to come again later.",
        empty="No service that hashes is up",
    )
    return lines(
        told,
        Promql(_of(names.HASHING_RUNNING), f"running · {_JOB}"),
        Promql(_of(names.HASHING_WAITING), f"in line · {_JOB}"),
    )


def _rate_limits() -> Panel:
    told = Told(
        "Requests over a rate limit a second",
        "Refused by the gateway with 429, by group of routes and by whose limit it was: an address's or a user's. "
        "Unknown tokens are those auth did not vouch for.",
        unit="reqps",
        empty="None: nobody asks too often",
    )
    query = some(total(rate(names.RATE_LIMITED), names.LABEL_GROUP, names.LABEL_PER))
    return bars(told, Promql(query, f"{{{{{names.LABEL_GROUP}}}}} per {{{{{names.LABEL_PER}}}}}"))


def _counted() -> Panel:
    told = Told(
        "Clients and users whose requests are counted",
        "All gateways together; who has not asked for a while is not among them. Many more than there are clients: "
        "somebody asks from many addresses.",
    )
    return lines(told, Promql(total(names.RATE_LIMIT_BUCKETS), "counted"))


def _logins() -> Panel:
    told = Told(
        "Logins refused a second, by reason",
        "Wrong is a password that was hashed and did not match. Throttled ones were not even hashed: an account, or an "
        "address, has had too many. A few wrong ones are people; many throttled ones are somebody who guesses.",
        unit="ops",
        empty="No service where people sign in is up",
    )
    refused = total(rate(names.LOGINS_REFUSED, OF_SERVICE), JOB, names.LABEL_REASON)
    return lines(told, Promql(refused, f"{{{{{names.LABEL_REASON}}}}} · {_JOB}"))


def _sessions() -> Panel:
    told = Told(
        "Sessions ended before their time a minute, by why",
        "Reuse is a spent refresh token that was used again: stolen, or of a client that keeps its tokens badly.",
        unit="short",
        empty="None: nobody signed out, nobody was put out",
    )
    ended = total(f"60 * {rate(names.SESSIONS_ENDED)}", names.LABEL_WHY)
    return bars(told, Promql(some(ended), f"{{{{{names.LABEL_WHY}}}}}"))


def _replies() -> Panel:
    told = Told(
        "Calls that wait for their reply, by service",
        "Asked of another service over NATS and not answered yet. What stays here when all is quiet has been lost.",
    )
    return lines(told, Promql(_of(names.NATS_AWAITING), _JOB))
