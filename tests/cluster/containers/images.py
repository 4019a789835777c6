"""The images: those of others as deploy/compose/images.env pins them, ours built once a run."""

import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from flowctl.cluster import SERVICES

ROOT = Path(__file__).parents[3]
COMPOSE = ROOT / "deploy" / "compose"
DOCKERFILE = COMPOSE / "Dockerfile"
PINNED = COMPOSE / "images.env"
# Not the tags of `docker compose build`: what is deployed by hand is not to change under a test, nor the reverse.
TAG = "stories"
BUILT_WITHIN_S = 900
LAST_LINES = 40


class NotBuilt(Exception):
    """An image could not be built; the text holds the end of what the builder said."""


@dataclass(frozen=True, slots=True)
class Images:
    """`of_services` by the service's name; `others` by the variable that pins them."""

    of_services: Mapping[str, str]
    others: Mapping[str, str]


def pinned() -> dict[str, str]:
    """What the environment says goes before the file, as with Compose."""
    lines = (line.strip() for line in PINNED.read_text().splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: os.environ.get(name, image) for name, _, image in pairs}


def build() -> Images:
    """All at once: the builder shares what they have in common, and what has not changed since."""
    names, others = [spec.name for spec in SERVICES], pinned()
    with ThreadPoolExecutor(len(names)) as pool:
        built = list(pool.map(partial(_built, others["PYTHON_IMAGE"]), names))
    return Images(dict(zip(names, built, strict=True)), others)


def _built(python_image: str, service: str) -> str:
    """Its id: the tag may be another's before the run has ended, where two run side by side."""
    tag = f"flow-{service}:{TAG}"
    told = {"SERVICE": service, "PYTHON_IMAGE": python_image, "PACKAGE_INDEX": os.environ.get("PACKAGE_INDEX", "")}
    given = [each for name, value in told.items() if value for each in ("--build-arg", f"{name}={value}")]
    before = _asked("docker", "image", "inspect", "--format={{.Id}}", tag)
    with tempfile.TemporaryDirectory() as folder:
        image_id = Path(folder) / "id"
        named = ("--tag", tag, "--iidfile", str(image_id), "--file", str(DOCKERFILE))
        _run(["docker", "buildx", "build", "--load", "--progress=plain", *named, *given, "."])
        built = image_id.read_text().strip()
    if before and before != built:
        # Nameless now, and refused where a container is made of it.
        _asked("docker", "image", "rm", before)
    return built


def _asked(*command: str) -> str:
    """What it says; nothing where it fails."""
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=BUILT_WITHIN_S,
        check=False,
    )
    if done.returncode:
        raise NotBuilt("\n".join([" ".join(command), *done.stdout.splitlines()[-LAST_LINES:]]))
