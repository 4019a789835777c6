"""Headers as the bytes that travel before a payload."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from flowkit.bus.port import Message

# Names that no header can have: what the server alone says cannot be forged by one.
STATUS: Final = ":status"
DESCRIPTION: Final = ":description"

_VERSION: Final = "NATS/1.0"
_NONE: Final[Mapping[str, str]] = MappingProxyType({})
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


def encode(headers: Mapping[str, str] | None) -> bytes:
    """Nothing at all without headers. What would not arrive as it was given is refused, never mended."""
    if not headers:
        return b""
    lines = [_VERSION]
    for name, value in headers.items():
        if not can_travel(name, value):
            raise ValueError(f"not a header that can travel: {name[:50]!r}: {value[:50]!r}")
        lines.append(f"{name}: {value}")
    lines.append("\r\n")
    return "\r\n".join(lines).encode()


def can_travel(name: str, value: str) -> bool:
    return bool(_NAME.fullmatch(name)) and value.isprintable() and value == value.strip()


def decode(block: bytes | None) -> Mapping[str, str]:
    """Bytes that are not UTF-8 become U+FFFD; a status line becomes STATUS and DESCRIPTION."""
    if not block:
        return _NONE
    first, *lines = block.decode(errors="replace").split("\r\n")
    headers = _status(first.removeprefix(_VERSION).strip())
    for line in lines:
        name, colon, value = line.partition(":")
        if colon and name:
            headers[name.strip()] = value.strip()
    return headers


def status(message: Message) -> str:
    """The server's own word instead of a message, such as 503; empty where it is a message."""
    return "" if message.data or message.reply else message.headers.get(STATUS, "")


def _status(line: str) -> dict[str, str]:
    if not line:
        return {}
    code, _, description = line.partition(" ")
    return {STATUS: code, DESCRIPTION: description} if description else {STATUS: code}
