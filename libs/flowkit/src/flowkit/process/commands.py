"""The command line of a service that stores something: serve, or one of a few words."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from flowkit.postgres import Schema
from flowkit.process.life import Body, host
from flowkit.process.parts import migrate
from flowkit.process.settings import DatabaseSettings, read_or_exit

type Command = Callable[[Sequence[str], Mapping[str, str]], int]


@dataclass(frozen=True, slots=True)
class Program[Settings: DatabaseSettings]:
    """`python -m NAME_service` serves; with a command's name it does that and ends."""

    name: str
    settings: type[Settings]
    body: Body[Settings]
    schema: Schema
    others: Mapping[str, Command] = field(default_factory=dict[str, Command])

    def main(self, arguments: Sequence[str], environ: Mapping[str, str]) -> int:
        if not arguments:
            return host(self.name, read_or_exit(self.settings, environ), self.body, environ)
        commands = {"migrate": self._migrate, **self.others}
        if arguments[0] in commands:
            return commands[arguments[0]](arguments[1:], environ)
        usage = f"usage: python -m {self.name}_service [{' | '.join(commands)}]\n"
        is_asked_for = arguments[0] in ("-h", "--help")
        (sys.stdout if is_asked_for else sys.stderr).write(usage)
        return 0 if is_asked_for else 2

    def _migrate(self, _: Sequence[str], environ: Mapping[str, str]) -> int:
        return migrate(self.name, self.schema, environ)
