"""The checklist of docs/add-a-flow.md: its changes, and a copy of the code to make them in."""

import asyncio
import re
import shutil
from pathlib import Path

ROOT = Path(__file__).parents[2]
CHECKLIST = ROOT / "docs" / "add-a-flow.md"
_COPIED = ("libs", "services", "conftest.py", "pyproject.toml")
_LEFT_OUT = shutil.ignore_patterns("__pycache__", ".*", "*.egg-info")
_CHANGE = re.compile(r"```diff\n(.*?)```", re.DOTALL)
_TOUCHED = re.compile(r"^\+\+\+ b/(\S+)$", re.MULTILINE)


class DoesNotApply(AssertionError):
    """A change in the checklist that does not fit the code as it is."""


def changes() -> list[str]:
    return _CHANGE.findall(CHECKLIST.read_text())


def touched() -> list[str]:
    """The files that the changes make or alter."""
    return [path for change in changes() for path in _TOUCHED.findall(change)]


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
