"""`python -m bench` measures everything and prints it as README.md holds it; `python -m bench bus` only a part."""

import argparse
import asyncio
import shutil
import sys
from datetime import UTC, datetime

from bench import events, limits, login_times, machine, memory, outbox, overload, resilience, start_up
from bench.comparisons import Bench
from bench.wrk import MISSING, HttpLoad

COMPARED = ("telemetry", "tracing", "relay", "bus", "limits")
PARTS = (*COMPARED, "logins", "memory", "start", "resilience", "overload", "outbox", "events")


async def main(asked: argparse.Namespace) -> None:
    if shutil.which("wrk") is None:
        print(MISSING, file=sys.stderr)
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, {asked.connections} connections, {asked.rounds} rounds of {asked.seconds:g} s\n"
    )
    print("\n".join(machine.described()))
    for part in asked.parts or PARTS:
        print(f"\n## {part}\n")
        for line in await measured(part, asked):
            print(line, flush=True)


async def measured(part: str, asked: argparse.Namespace) -> list[str]:
    http = HttpLoad(asked.connections, asked.seconds)
    match part:
        case "logins":
            lines = await login_times.table(asked.samples, asked.bcrypt_cost)
        case "memory":
            lines = await memory.table(http)
        case "start":
            lines = await start_up.table(asked.rounds)
        case "resilience":
            lines = await resilience.tables(asked.rounds, http.seconds * 2)
        case "limits":
            lines = [*await compared(part, http, asked.rounds), "", *await limits.table()]
        case "overload":
            lines = await overload.table(asked.rounds, http.seconds)
        case "outbox":
            lines = await outbox.tables(asked.rounds, http.seconds)
        case "events":
            lines = await events.tables(asked.rounds, http.seconds)
        case _:
            lines = await compared(part, http, asked.rounds)
    return lines


async def compared(part: str, http: HttpLoad, rounds: int) -> list[str]:
    return [line for each in await getattr(Bench(http, rounds), part)() for line in each.lines()]


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"one or more of {', '.join(PARTS)}", choices=PARTS)
    parser.add_argument("--rounds", type=int, default=7, help="how often each side has its turn")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long a turn lasts")
    parser.add_argument("--samples", type=int, default=300, help="how many logins of each kind")
    parser.add_argument("--bcrypt-cost", type=int, default=12, help="of the legacy accounts' hashes")
    parser.add_argument("--connections", type=int, default=32)
    return parser


if __name__ == "__main__":
    asyncio.run(main(parser().parse_args()))
