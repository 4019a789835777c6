"""The checklists of docs/: their changes, and a copy of the code to make them in."""

import asyncio
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_COPIED = ("libs", "services", "conftest.py", "pyproject.toml")
_LEFT_OUT = shutil.ignore_patterns("__pycache__", ".*", "*.egg-info")
_CHANGE = re.compile(r"```diff\n(.*?)```", re.DOTALL)
_TOUCHED = re.compile(r"^\+\+\+ b/(\S+)$", re.MULTILINE)


class DoesNotApply(AssertionError):
    """A change in the checklist that does not fit the code as it is."""


@dataclass(frozen=True, slots=True)
class Checklist:
    name: str

    @property
    def changes(self) -> list[str]:
        return _CHANGE.findall((ROOT / "docs" / self.name).read_text())

    @property
    def touched(self) -> list[str]:
        """The files that the changes make or alter."""
        return [path for change in self.changes for path in _TOUCHED.findall(change)]

    async def followed(self, to: Path) -> Path:
        """A copy of the code, with every change made in it."""
        copy = copied(to)
        for change in self.changes:
            await apply(change, copy)
        return copy


def copied(to: Path) -> Path:
    for name in _COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, to / name, ignore=_LEFT_OUT)
        elif source.is_file():
            shutil.copy(source, to / name)
    return to


async def apply(change: str, copy: Path) -> None:
    code, output = await run(copy, "git", "apply", "--verbose", "-", given=change.encode())
    if code:
        raise DoesNotApply(f"{output}\n{change}")


def python_path(copy: Path) -> str:
    """The copy's packages before the installed ones."""
    return ":".join(str(source) for source in sorted(copy.glob("*/*/src")))


async def run(copy: Path, *command: str, given: bytes = b"", environ: dict[str, str] | None = None) -> tuple[int, str]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *command, cwd=copy, env=environ, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate(given)
    return process.returncode or 0, output.decode()


async def refuse_another_style(copy: Path, checklist: Checklist) -> None:
    for check in (("check",), ("format", "--check")):
        code, output = await run(copy, sys.executable, "-m", "ruff", *check, *checklist.touched)

        assert code == 0, output


async def passes(copy: Path, test: str, environ: dict[str, str]) -> str:
    code, output = await run(copy, sys.executable, "-m", "pytest", "-p", "no:cacheprovider", test, environ=environ)

    assert code == 0, output
    return output


async def users_of_the_bus(copy: Path, environ: dict[str, str]) -> str:
    """NATS's configuration of them, as the copy's contracts have it."""
    code, users = await run(copy, sys.executable, "-m", "flowctl", "bus", "users", environ=environ)
    assert code == 0, users
    return users
