"""Bodies, and types of bodies, that nobody well-meaning sends."""

import json

BIG = 2 * 1024 * 1024
DEEP = 100_000

NEWCOMER = {"email": "mallory@example.org", "password": "long enough", "firstName": "M", "lastName": "M"}


def with_field(name: str, raw: bytes) -> bytes:
    """A registration whose one field is these raw bytes."""
    others = json.dumps({key: value for key, value in NEWCOMER.items() if key != name}).encode()[1:-1]
    return b"{" + others + b',"' + name.encode() + b'":' + raw + b"}"


BODIES: dict[str, bytes] = {
    "nothing": b"",
    "a blank": b" ",
    "a brace": b"{",
    "a brace too many": b"{}}",
    "an array": b"[]",
    "a number": b"1",
    "null": b"null",
    "a string": b'"x"',
    "cut short": json.dumps(NEWCOMER).encode()[:-2],
    "followed by junk": json.dumps(NEWCOMER).encode() + b"{}",
    "a trailing comma": b'{"email":"a@b.c",}',
    "single quotes": b"{'email':'a@b.c'}",
    "a comment": b'{/* */"email":"a@b.c"}',
    "a byte-order mark": b"\xef\xbb\xbf{}",
    "UTF-16": json.dumps(NEWCOMER).encode("utf-16"),
    "invalid UTF-8 in a value": with_field("firstName", b'"\xff\xfe"'),
    "invalid UTF-8 in a name": b'{"\xc3\x28":1}',
    "an overlong UTF-8 slash": with_field("firstName", b'"\xc0\xaf"'),
    "a lone surrogate": with_field("firstName", rb'"\ud800"'),
    "a surrogate in UTF-8": with_field("firstName", b'"\xed\xa0\x80"'),
    "NUL": b"\x00",
    "NUL in a value": with_field("firstName", b'"a\x00b"'),
    "an escaped NUL in a name": with_field("firstName", rb'"a\u0000b"'),
    "an escaped NUL in a password": with_field("password", rb'"long\u0000enough"'),
    "an escaped NUL in an email": with_field("email", rb'"a\u0000@example.org"'),
    "a line break in an email": with_field("email", rb'"a@example.org\r\nBcc: all@example.org"'),
    "a field given twice": with_field("email", b'"x@example.org","email":"y@example.org"'),
    "an unknown field given twice": b'{"x":1,"x":2}',
    "a prototype": with_field("firstName", b'"M","__proto__":{"root":true}'),
    "a huge integer": with_field("firstName", b"9" * 400),
    "a huger integer": with_field("firstName", b"9" * 200_000),
    "a huge exponent": with_field("firstName", b"1e999999999"),
    "not a number": with_field("firstName", b"NaN"),
    "infinity": with_field("firstName", b"-Infinity"),
    "deep arrays": b"[" * DEEP,
    "deep arrays, closed": b"[" * DEEP + b"]" * DEEP,
    "deep arrays in a field": with_field("firstName", b"[" * DEEP + b"]" * DEEP),
    "deep arrays in an unknown field": b'{"x":' + b"[" * DEEP + b"]" * DEEP + b"}",
    "deep objects": b'{"x":' * 40_000 + b"1" + b"}" * 40_000,
    "many unknown fields": b"{" + b",".join(b'"f%d":%d' % (n, n) for n in range(20_000)) + b"}",
    "a very long name": b'{"' + b"n" * 200_000 + b'":1}',
    "a very long value": with_field("firstName", b'"' + b"v" * 200_000 + b'"'),
    "SQL": with_field("firstName", b'"\'); DROP TABLE customers; --"'),
    "a terminal's commands": with_field("firstName", rb'"\u001b[2J\u0007"'),
    "a bidirectional override": with_field("firstName", '"\u202egnp.exe"'.encode()),
    "2 MB": b'"' + b"x" * BIG + b'"',
    "2 MB of brackets": b"[" * BIG,
}

TYPES: dict[str, bytes] = {
    "a form": b"application/x-www-form-urlencoded",
    "multipart": b"multipart/form-data; boundary=x",
    "no type at all": b"",
    "two types": b"application/json, text/plain",
    "another charset": b"application/json; charset=utf-16",
    "not ASCII": b"application/json; charset=\xff",
    "a very long one": b"application/json; " + b"x" * 5000,
}
