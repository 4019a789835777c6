"""HTTP load through wrk, or through a client in Python where wrk is missing."""

import asyncio
import re
import shutil
from dataclasses import dataclass
from statistics import median, quantiles

from bench.plain_http import closed_loop

MISSING = (
    "wrk is not installed (Debian: apt-get install wrk; macOS: brew install wrk). "
    "Falling back to a client in Python, which is itself the bottleneck: its figures compare, they do not measure."
)
_UNITS_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


class LoadFailed(Exception):
    """Something other than success was answered, so the figures would mean nothing."""


@dataclass(frozen=True, slots=True)
class Figures:
    """One run of one side."""

    per_second: float
    p50_ms: float
    p99_ms: float

    @classmethod
    def of(cls, latencies: list[float], seconds: float) -> "Figures":
        p99 = quantiles(latencies, n=100)[98]
        return cls(len(latencies) / seconds, median(latencies) * 1000, p99 * 1000)


@dataclass(frozen=True, slots=True)
class HttpLoad:
    connections: int
    seconds: float

    async def get(self, url: str, token: str = "") -> Figures:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if (wrk := shutil.which("wrk")) is None:
            latencies = await closed_loop(url, headers, self.connections, self.seconds)
            return Figures.of(latencies, self.seconds)
        return parsed(await self._run(wrk, url, headers))

    async def _run(self, wrk: str, url: str, headers: dict[str, str]) -> str:
        told = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
        process = await asyncio.create_subprocess_exec(
            *(wrk, "-t1", f"-c{self.connections}", f"-d{self.seconds:g}s", "--timeout", "10s", "--latency", *told, url),
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await process.communicate()
        return output.decode()


def parsed(output: str) -> Figures:
    for fault in ("Non-2xx", "Socket errors"):
        if fault in output:
            raise LoadFailed(next(line.strip() for line in output.splitlines() if fault in line))
    rate = re.search(r"Requests/sec:\s+([\d.]+)", output)
    if rate is None:
        raise LoadFailed(f"wrk said: {output!r}")
    return Figures(float(rate[1]), _latency(output, 50), _latency(output, 99))


def _latency(output: str, percentile: int) -> float:
    found = re.search(rf"^\s+{percentile}%\s+([\d.]+)(us|ms|s)$", output, re.MULTILINE)
    if found is None:
        raise LoadFailed(f"wrk told no latency: {output!r}")
    return float(found[1]) * _UNITS_MS[found[2]]
