"""What a test lays over the root file: ops ports it can reach, and something else where an image is not to be had."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .engine import is_to_be_had

COLLECTOR = "otel-collector"
# Takes whatever OTLP it is sent over HTTP.
TAKER = """
import contextlib, http.server

class Taker(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass

with contextlib.suppress(KeyboardInterrupt):
    http.server.ThreadingHTTPServer(("", 4318), Taker).serve_forever()
"""


type Services = Mapping[str, Mapping[str, Any]]


async def absent_of(services: Services) -> frozenset[str]:
    """Those whose images are neither here nor to be pulled."""
    images = {each["image"] for each in services.values() if "build" not in each}
    had = dict(zip(images, await asyncio.gather(*map(is_to_be_had, images)), strict=True))
    return frozenset(name for name, each in services.items() if not had.get(each["image"], True))


def override(services: Services, absent: frozenset[str], file: Path) -> Path:
    parts = ['  gateway: { ports: ["127.0.0.1:${OPS_PORTS}:9100"] }']
    left_out = (absent - {COLLECTOR}) | _idle(services, absent)
    parts += [f"  {name}: {{ profiles: [not to be had here] }}" for name in sorted(left_out)]
    parts += [f"  {name}: {{ depends_on: !override {rest} }}" for name, rest in _bereft(services, absent).items()]
    if COLLECTOR in absent or COLLECTOR not in services:
        parts.append(f"  {COLLECTOR}: !override {json.dumps(_stand_in(services))}")
    file.write_text("\n".join(["services:", *parts, ""]))
    return file


def _idle(services: Services, absent: frozenset[str]) -> set[str]:
    """Those who work for absent ones alone: nobody would wait for their end, and `up --wait` takes it for a fault."""
    waiting = {
        name: {other for other, each in services.items() if name in each.get("depends_on", {})} for name in services
    }
    return {name for name, others in waiting.items() if others and others <= absent}


def _bereft(services: Services, absent: frozenset[str]) -> dict[str, str]:
    """Of those who wait for an absent one, whom they wait for besides."""
    gone = absent - {COLLECTOR}
    waiting = {name: each.get("depends_on", {}) for name, each in services.items() if name not in gone}
    return {
        name: json.dumps({other: how for other, how in others.items() if other not in gone})
        for name, others in waiting.items()
        if gone & others.keys()
    }


def _stand_in(services: Services) -> dict[str, Any]:
    image = services["gateway"]["image"]
    health = {"test": ["CMD", "python", "-c", "import socket; socket.create_connection(('127.0.0.1', 4318))"]}
    ending = {"stop_signal": "SIGINT", "restart": "unless-stopped"}
    return {"image": image, "entrypoint": ["python", "-c", TAKER], "healthcheck": health | {"interval": "1s"}, **ending}
