"""The users of a nats-server of ours: what each may do, and a password for each, made up once."""

import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from flowkit.bus.users import PASSWORDS

FILE = "users.conf"
_INCLUDED = re.compile(rf'include "{PASSWORDS}/([^"/]+)\.conf"')
_PASSWORD = re.compile(r'password: "([^"]+)"')


class UnknownUser(Exception):
    """The server has no user of that name."""


@dataclass(frozen=True, slots=True)
class NatsUsers:
    """`text` is what `flowkit.bus.users.render` makes of who takes part."""

    home: Path
    text: str

    def write(self) -> None:
        """What each may do now; a password that was made up before stays."""
        (self.home / PASSWORDS).mkdir(mode=0o700, exist_ok=True)
        for name in self.names:
            if not self._file_of(name).exists():
                _write_secret(self._file_of(name), f'password: "{secrets.token_urlsafe(24)}"\n')
        _write_secret(self.home / FILE, self.text)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(_INCLUDED.findall(self.text))

    def password_of(self, name: str) -> str:
        if name not in self.names:
            raise UnknownUser(f"nobody on the bus is called {name}: those who take part are {', '.join(self.names)}")
        return _PASSWORD.findall(self._file_of(name).read_text())[0]

    def _file_of(self, name: str) -> Path:
        return self.home / PASSWORDS / f"{name}.conf"


def _write_secret(file: Path, text: str) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as out:
        out.write(text)
