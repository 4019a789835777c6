"""The Docker Engine of this machine: whether it answers, and who removes what a killed run leaves behind."""

import subprocess

from testcontainers.core.config import testcontainers_config

ANSWERS_WITHIN_S = 20
PULLED_WITHIN_S = 120

TO_DO = """\
Stories over containers need a Docker Engine (20.10 or newer) with Buildx and Compose, and none answers here:

    {reason}

Start one (Docker Desktop, or `systemctl start docker`), let this user reach it (group `docker`), and see that
`docker info` works; then run `make test-docker` again. `make test` runs the same stories without containers."""


class NoEngine(Exception):
    """No engine answers; the text says what to do."""


def require_engine() -> None:
    for command in (("docker", "info"), ("docker", "buildx", "version"), ("docker", "compose", "version")):
        if reason := _refusal(command):
            raise NoEngine(TO_DO.format(reason=f"{' '.join(command)}: {reason}"))


def settle_who_cleans_up() -> str:
    """testcontainers' own cleaner outlives a killed run; without its image there is only what a run does itself."""
    image = testcontainers_config.ryuk_image
    if testcontainers_config.ryuk_disabled:
        return "containers: what a killed run leaves stays, TESTCONTAINERS_RYUK_DISABLED is set"
    if not _refusal(("docker", "image", "inspect", image)) or not _refusal(("docker", "pull", image), PULLED_WITHIN_S):
        return f"containers: {image} removes what a killed run leaves"
    testcontainers_config.ryuk_disabled = True
    return f"containers: what a killed run leaves stays, {image} cannot be pulled here"


def _refusal(command: tuple[str, ...], within_s: float = ANSWERS_WITHIN_S) -> str:
    """Why it failed; nothing where it did not."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=within_s, check=False)
    except FileNotFoundError:
        return "there is no such command"
    except subprocess.TimeoutExpired:
        return f"no answer within {within_s:g} s"
    if done.returncode == 0:
        return ""
    return next(reversed(done.stderr.strip().splitlines()), f"exit code {done.returncode}")
