"""The environment read into one frozen value, every fault of it told at once."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import Struct

from flowkit.process.variable import Misfit, Variable


@dataclass(frozen=True, slots=True)
class Problem:
    variable: str
    fault: str

    def __str__(self) -> str:
        return f"{self.variable}: {self.fault}"


class BadSettings(Exception):
    """The environment does not make a whole of settings; every variable at fault is listed."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(("These settings cannot be used:", *(f"  {problem}" for problem in problems))))


@dataclass(frozen=True, slots=True)
class Row:
    """A variable as the documentation tells it; `default` is None where one must be given."""

    variable: str
    expects: str
    default: str | None


def read[S: Struct](settings: type[S], environ: Mapping[str, str]) -> S:
    """Each field from the variable of its name in capitals, or from the file that NAME_FILE points to."""
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for field in msgspec.structs.fields(settings):
        variable = Variable(field.name.upper(), field.type, field.default, required=field.required)
        try:
            if (text := variable.text(environ)) is not None:
                values[field.name] = variable.parse(text)
        except Misfit as fault:
            problems.append(Problem(variable.name, str(fault)))
    if problems:
        raise BadSettings(tuple(problems))
    return settings(**values)


def read_or_exit[S: Struct](settings: type[S], environ: Mapping[str, str]) -> S:
    """For a program's first line: what is wrong goes to stderr in plain words, and the exit code is 2."""
    try:
        return read(settings, environ)
    except BadSettings as bad:
        sys.stderr.write(f"{bad}\n")
        raise SystemExit(2) from None


def describe(settings: type[Struct]) -> list[Row]:
    fields = msgspec.structs.fields(settings)
    variables = (Variable(field.name.upper(), field.type, field.default, required=field.required) for field in fields)
    return [Row(variable.name, variable.expects, variable.default_shown) for variable in variables]
