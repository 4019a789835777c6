"""The base every payload stands on, and the constrained types payloads are made of."""

from typing import Annotated, Any, dataclass_transform

from msgspec import Meta, Struct, StructMeta, field

from flowkit.secret import Secret, names_a_secret


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
class _PayloadMeta(StructMeta):
    # msgspec hands `frozen` and `rename` down to subclasses, but not `kw_only`.
    def __new__(mcls, *args: Any, **config: Any) -> Any:
        return super().__new__(mcls, *args, **{"frozen": True, "kw_only": True, "rename": "camel"} | config)


class _Told(Struct, metaclass=_PayloadMeta):
    """What goes by the name of a secret is not shown: a payload gets into exceptions, assertions and debuggers."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.__rich_repr__())})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [(name, self._shown(name)) for name in self.__struct_fields__]

    def _shown(self, name: str) -> object:
        value: object = getattr(self, name)
        return Secret(value) if isinstance(value, str) and names_a_secret(name) else value


class Payload(_Told, forbid_unknown_fields=True):
    """What a flow is asked: frozen, keyword-only, camelCase on the wire; a field nobody knows is refused."""


class Reply(_Told):
    """What a flow answers. A newer service may say more than an older caller knows: unknown fields are passed over."""


class Fact(_Told):
    """What an event tells. It is kept for days and read by many: ids, and nobody's email or name."""


class Nothing(Payload):
    """The request of a flow that needs none."""


# `$` alone would let a trailing newline through; the look-ahead says the same in Python and in JSON Schema's dialect.
_END = r"(?!\n)$"
_PRINTABLE = rf"^[^\x00-\x1f\x7f]+{_END}"

Email = Annotated[
    str,
    Meta(
        min_length=3,
        max_length=254,
        pattern=rf"^[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+{_END}",
        description="An email address; compared without regard to case.",
        examples=["ada@example.org"],
    ),
]
# What a letter can be sent to: two addresses, a comment or quotes are none. Who has another one signs in with it still.
_ATOM = r"[^@\s\x00-\x1f\x7f.()<>\[\]:;,\\\x22]+"
NewEmail = Annotated[
    str,
    Meta(
        min_length=3,
        max_length=254,
        pattern=rf"^{_ATOM}(?:\.{_ATOM})*@{_ATOM}(?:\.{_ATOM})*{_END}",
        description="An email address that can be written to; compared without regard to case.",
        examples=["ada@example.org"],
    ),
]
Password = Annotated[str, Meta(min_length=1, max_length=128, description="A password, as typed.")]
NewPassword = Annotated[str, Meta(min_length=8, max_length=128, description="A password of 8 to 128 characters.")]
Name = Annotated[str, Meta(min_length=1, max_length=100, pattern=_PRINTABLE, examples=["Ada"])]
Id = Annotated[
    str,
    Meta(
        pattern=rf"^[0-9a-f]{{8}}-[0-9a-f]{{4}}-[0-9a-f]{{4}}-[0-9a-f]{{4}}-[0-9a-f]{{12}}{_END}",
        description="A UUID in lower case.",
        examples=["0190b7a0-3c5e-7d11-9f3a-5b1f8f1c2d3e"],
    ),
]
PageNumber = Annotated[int, Meta(ge=1, le=1_000_000, description="Which page, counted from 1.")]
Limit = Annotated[int, Meta(ge=1, le=100, description="How many items a page holds.")]
