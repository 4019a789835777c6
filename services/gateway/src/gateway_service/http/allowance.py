"""What the callers of a route may still ask, taken before anything else is done for them."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from flowkit.contract import TooManyRequests, Unauthorized

from gateway_service.http.exchange import Exchange
from gateway_service.rate_limits.limit import Limit
from gateway_service.rate_limits.limits import GroupLimits


@dataclass(frozen=True, slots=True)
class Allowance:
    limits: GroupLimits = field(default_factory=GroupLimits)
    unknown_tokens: Limit | None = None

    def of_address(self, exchange: Exchange) -> None:
        if self.limits.per_address is not None:
            _take(self.limits.per_address, exchange.call.client_address, exchange)

    def of_user(self, exchange: Exchange) -> None:
        user = exchange.call.user_id
        if self.limits.per_user is not None and user is not None:
            _take(self.limits.per_user, user, exchange)

    @contextmanager
    def of_unknown_token(self, exchange: Exchange) -> Generator[None]:
        """While auth is asked. It costs those alone whose token was none: a flood of them ends here."""
        limit, address = self.unknown_tokens, exchange.call.client_address
        if limit is None:
            yield
            return
        _take(limit, address, exchange, told=False)
        is_none = False
        try:
            yield
        except Unauthorized:
            is_none = True
            raise
        finally:
            if not is_none:
                limit.give_back(address)


def _take(limit: Limit, who: str, exchange: Exchange, *, told: bool = True) -> None:
    level = limit.take(who)
    if told or level.wait_s:
        exchange.taken.append((limit, level))
    if level.wait_s:
        exchange.call.step(f"Rate limit reached: {limit.group}, per {limit.per}")
        raise TooManyRequests(retry_after=level.wait_s)
