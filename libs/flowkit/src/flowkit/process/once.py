"""A program that does one thing and ends: its log lines go to stderr, what it was asked for to stdout."""

from collections.abc import Awaitable, Callable, Mapping

from flowkit.process.lifecycle import Stop, run
from flowkit.process.settings import ServiceSettings
from flowkit.telemetry.logs import Logs, style_for

_STDERR = 2


def once(name: str, settings: ServiceSettings, work: Callable[[], Awaitable[None]], environ: Mapping[str, str]) -> int:
    async def live(_: Stop) -> int:
        await work()
        return 0

    style = style_for(settings.log_format, environ, _STDERR)
    with Logs(name, level=settings.log_level, style=style, descriptor=_STDERR):
        return run(live)
