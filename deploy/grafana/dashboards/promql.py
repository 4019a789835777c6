"""Expressions of PromQL, put together."""


def chosen(metric: str, *matchers: str) -> str:
    """The series of a metric that match."""
    return f"{metric}{{{','.join(matchers)}}}" if matchers else metric


def total(expr: str, *by: str) -> str:
    return f"sum by ({', '.join(by)}) ({expr})" if by else f"sum({expr})"


def greatest(expr: str, *by: str) -> str:
    """Of what each instance tells of one thing: the thing is there once, however many tell of it."""
    return f"max by ({', '.join(by)}) ({expr})"


def rate(metric: str, *matchers: str) -> str:
    """Of each series, a second."""
    return f"rate({chosen(metric, *matchers)}[$__rate_interval])"


def quantile(share: float, histogram: str, *matchers: str, by: tuple[str, ...] = ()) -> str:
    return f"histogram_quantile({share}, {total(rate(f'{histogram}_bucket', *matchers), 'le', *by)})"


def mean(histogram: str, *matchers: str, by: tuple[str, ...] = ()) -> str:
    """Over the time chosen; of what happened but once since the start, and so is no increase, that once."""
    sums, counts = (chosen(f"{histogram}_{part}", *matchers) for part in ("sum", "count"))
    lately = f"{total(f'increase({sums}[$__range])', *by)} / {total(f'increase({counts}[$__range])', *by)}"
    return f"({lately} >= 0) or ({total(sums, *by)} / {total(counts, *by)})"


def buckets(histogram: str, *matchers: str) -> str:
    return total(f"increase({chosen(f'{histogram}_bucket', *matchers)}[$__rate_interval])", "le")


def known(expr: str) -> str:
    """Only where there was something to divide by: a figure then stays at the last one there was."""
    return f"{expr} >= 0"


def some(expr: str) -> str:
    """Without what did not happen: every outcome there may be is counted from the start, most of them as none."""
    return f"{expr} > 0"


def or_zero(expr: str) -> str:
    """Where nothing happened, there is nothing to divide by: that is none, not unknown."""
    return f"({expr} >= 0) or vector(0)"
