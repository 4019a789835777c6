"""Requests that nobody well-meaning sends: bodies, heads, lengths, and pieces of them."""

import json
import random
from collections.abc import Iterator

from .hostile_bodies import BIG, BODIES, NEWCOMER, TYPES

REGISTER = "/api/v1/customer/register"
SEED = 20_261_121


def request(
    body: bytes = b"",
    *headers: bytes,
    method: bytes = b"POST",
    target: bytes = REGISTER.encode(),
    length: bytes | None = None,
    content_type: bytes = b"application/json",
) -> bytes:
    declared = str(len(body)).encode() if length is None else length
    lines = [
        method + b" " + target + b" HTTP/1.1",
        b"Host: gateway",
        b"Content-Type: " + content_type,
        b"Content-Length: " + declared,
        *headers,
    ]
    return b"\r\n".join([*lines, b"", b""]) + body


_OK = b"GET /api/v1/healthcheck HTTP/1.1\r\nHost: gateway\r\n"

TRACE_HEADERS = ("x-trace-id", "traceparent", "tracestate", "baggage", "x-request-id")

HEADS: dict[str, bytes] = {
    **{
        f"{name}: {value[:24]!r}": _OK + name.encode() + b": " + value + b"\r\n\r\n"
        for name in TRACE_HEADERS
        for value in (
            b"a\r\nx-injected: yes",
            b"a\rx-injected: yes",
            b"a\nx-injected: yes",
            b"%0d%0ax-injected: yes",
            b"a\x00b",
            b"a\x01\x1b[2Jb",
            b"a\x7fb",
            b"\x80\xff",
            b"${jndi:ldap://x}",
            b"<script>alert(1)</script>",
            b"a" * 9000,
        )
    },
    "a flood of headers": _OK + b"".join(b"x-%d: y\r\n" % n for n in range(10_000)) + b"\r\n",
    "90 headers": _OK + b"".join(b"x-%d: y\r\n" % n for n in range(90)) + b"\r\n",
    "one header 10,000 times": _OK + b"x-same: y\r\n" * 10_000 + b"\r\n",
    "a header of 1 MB": _OK + b"x-large: " + b"y" * (1 << 20) + b"\r\n\r\n",
    "a header of 40 kB": _OK + b"x-large: " + b"y" * 40_000 + b"\r\n\r\n",
    "a header without a colon": _OK + b"nonsense\r\n\r\n",
    "a header without a name": _OK + b": y\r\n\r\n",
    "a header of two lines": _OK + b"x-folded: a\r\n b\r\n\r\n",
    "a blank before the colon": _OK + b"x-blank : y\r\n\r\n",
    "bare line feeds": _OK.replace(b"\r\n", b"\n") + b"\n",
    "no host": b"GET /api/v1/healthcheck HTTP/1.1\r\n\r\n",
    "two hosts": _OK + b"Host: other\r\n\r\n",
    "an absolute target": _OK.replace(b"/api", b"http://elsewhere/api") + b"\r\n",
    "a target of 100 kB": b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: g\r\n\r\n",
    "a query of 30 kB": b"GET /api/v1/healthcheck?" + b"a=1&" * 7500 + b" HTTP/1.1\r\nHost: g\r\n\r\n",
    "a target with NUL": b"GET /api/v1/\x00 HTTP/1.1\r\nHost: g\r\n\r\n",
    "a target with an encoded NUL": b"GET /api/v1/customers/%00 HTTP/1.1\r\nHost: g\r\n\r\n",
    "a target that is not UTF-8": b"GET /api/v1/customers/%ff%fe HTTP/1.1\r\nHost: g\r\n\r\n",
    "a target of raw bytes": b"GET /api/v1/customers/\xff\xfe HTTP/1.1\r\nHost: g\r\n\r\n",
    "a target that climbs": b"GET /api/docs/../../../etc/passwd HTTP/1.1\r\nHost: g\r\n\r\n",
    "a target that climbs, encoded": b"GET /api/docs/%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: g\r\n\r\n",
    "an encoded line break": b"GET /api/v1/customers/%0d%0ax-injected:%20yes HTTP/1.1\r\nHost: g\r\n\r\n",
    "a broken escape": b"GET /api/v1/customers/%zz?%zz=%zz HTTP/1.1\r\nHost: g\r\n\r\n",
    "a star": b"OPTIONS * HTTP/1.1\r\nHost: g\r\n\r\n",
    "a tunnel": b"CONNECT example.org:443 HTTP/1.1\r\nHost: g\r\n\r\n",
    "an unknown method": b"BREW /api/v1/healthcheck HTTP/1.1\r\nHost: g\r\n\r\n",
    "a method of 5 kB": b"A" * 5000 + b" /api/v1/healthcheck HTTP/1.1\r\nHost: g\r\n\r\n",
    "a method in small letters": b"get /api/v1/healthcheck HTTP/1.1\r\nHost: g\r\n\r\n",
    "HTTP/1.0": b"GET /api/v1/healthcheck HTTP/1.0\r\n\r\n",
    "HTTP/0.9": b"GET /api/v1/healthcheck\r\n",
    "HTTP/3.7": b"GET /api/v1/healthcheck HTTP/3.7\r\nHost: g\r\n\r\n",
    "HTTP/2 without asking": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a websocket": _OK + b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    "an expectation": _OK + b"Expect: something-else\r\n\r\n",
    "TLS": bytes.fromhex("16030100c8010000c40303") + b"\x00" * 200,
}

LENGTHS: dict[str, bytes] = {
    "less than declared": request(b"{}", length=b"100"),
    "more than declared": request(b'{"email":"a@b.c"}', length=b"2"),
    "a negative length": request(b"{}", length=b"-1"),
    "a length in words": request(b"{}", length=b"two"),
    "a length with a sign": request(b"{}", length=b"+2"),
    "a length of 20 digits": request(b"{}", length=b"9" * 20),
    "a length of 2 MB, and no body": request(b"", length=b"%d" % BIG),
    "two lengths that differ": request(b"{}", b"Content-Length: 3"),
    "two lengths that agree": request(b"{}", b"Content-Length: 2"),
    "a length and chunks": request(b"2\r\n{}\r\n0\r\n\r\n", b"Transfer-Encoding: chunked"),
    "an unknown encoding": request(b"{}", b"Transfer-Encoding: gzip"),
    "a compressed body": request(b"\x1f\x8b\x08\x00", b"Content-Encoding: gzip"),
    "a body on GET": request(b"{}", method=b"GET", target=b"/api/v1/healthcheck"),
}

_CHUNKED = request(length=b"0").replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")

CHUNKS: dict[str, bytes] = {
    "no chunk at all": _CHUNKED,
    "a size that is none": _CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n",
    "a size of 16 digits": _CHUNKED + b"f" * 16 + b"\r\n{}",
    "a negative size": _CHUNKED + b"-2\r\n{}\r\n0\r\n\r\n",
    "less than its size": _CHUNKED + b"ff\r\n{}",
    "no end": _CHUNKED + b"2\r\n{}\r\n",
    "2 MB in chunks": _CHUNKED + (b"10000\r\n" + b"[" * 0x10000 + b"\r\n") * 32 + b"0\r\n\r\n",
    "an extension of 100 kB": _CHUNKED + b"2;" + b"x" * 100_000 + b"\r\n{}\r\n0\r\n\r\n",
}

_WHOLE = request(json.dumps(NEWCOMER).encode())
HEAD_SIZE = _WHOLE.index(b"\r\n\r\n") + 4

HALVES: dict[str, bytes] = {
    "nothing but line breaks": b"\r\n" * 1000,
    **{f"the first {size} bytes of a request": _WHOLE[:size] for size in (1, 4, 20, 60, HEAD_SIZE, len(_WHOLE) - 1)},
}


def noise() -> Iterator[tuple[str, bytes]]:
    """Random bytes, and requests with some bytes changed; the same ones each time."""
    chance = random.Random(SEED)  # noqa: S311  keeps no secret
    for n in range(20):
        yield f"noise {n}", chance.randbytes(chance.randrange(1, 4000))
    for n in range(60):
        spoilt = bytearray(_WHOLE)
        for _ in range(chance.randrange(1, 5)):
            spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
        yield f"a request with bytes changed {n}", bytes(spoilt)


def corpus() -> Iterator[tuple[str, bytes]]:
    yield from ((f"body: {name}", request(body)) for name, body in BODIES.items())
    yield from ((f"type: {name}", request(b"{}", content_type=kind)) for name, kind in TYPES.items())
    yield from ((f"head: {name}", data) for name, data in HEADS.items())
    yield from ((f"length: {name}", data) for name, data in LENGTHS.items())
    yield from ((f"chunks: {name}", data) for name, data in CHUNKS.items())
    yield from ((f"half: {name}", data) for name, data in HALVES.items())
    yield from noise()


# fmt: off
_SPOILT_HEADS = (
    1, 2, 3, 4, 6, 8, 10, 12, 15, 16, 17, 20, 24, 27, 30, 31, 32, 33, 35, 36,
    37, 38, 39, 40, 42, 43, 45, 47, 49, 52, 53, 54, 58, 59,
)
# fmt: on

# What hyper refuses as no HTTP, so that the gateway's Python is never asked: docs/decisions/below-the-application.md.
# Exactly these: one more or one fewer is a change of the edge that somebody ought to have meant.
BELOW_THE_APPLICATION = frozenset(
    {
        *(
            f"head: {name}: {value!r}"
            for name in TRACE_HEADERS
            for value in (b"a\rx-injected: yes", b"a\x00b", b"a\x01\x1b[2Jb", b"a\x7fb")
        ),
        "head: a flood of headers",
        "head: one header 10,000 times",
        "head: a header of 1 MB",
        "head: a header without a colon",
        "head: a header without a name",
        "head: a header of two lines",
        "head: a blank before the colon",
        "head: a target of 100 kB",
        "head: a target with NUL",
        "head: a target of raw bytes",
        "head: HTTP/0.9",
        "head: HTTP/3.7",
        "head: HTTP/2 without asking",
        "head: TLS",
        "length: a negative length",
        "length: a length in words",
        "length: a length with a sign",
        "length: a length of 20 digits",
        "length: two lengths that differ",
        "length: an unknown encoding",
        *(f"noise {n}" for n in range(20)),
        *(f"a request with bytes changed {n}" for n in _SPOILT_HEADS),
    }
)

# Heads that have not ended: no request yet, so the server waits for the rest.
WAITED_FOR = frozenset(
    {"half: nothing but line breaks", *(f"half: the first {size} bytes of a request" for size in (1, 4, 20, 60))}
)
