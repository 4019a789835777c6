"""What promtool says of the configuration, and of each alert's own test."""

import pytest

from tests.docker.compose.engine import Failed, docker

from .server import FOLDER, IMAGE, LABELS


async def promtool(*arguments: str) -> str:
    mount = f"{FOLDER}:/etc/prometheus:ro"
    return await docker("run", "--rm", *LABELS, "--entrypoint=promtool", "--volume", mount, IMAGE, *arguments)


async def test_the_configuration_and_its_rules_are_valid() -> None:
    told = await promtool("check", "config", "/etc/prometheus/prometheus.yaml")

    assert told.count("SUCCESS") == 2 + len(list((FOLDER / "rules").glob("*.yaml")))


@pytest.mark.parametrize("name", sorted(file.name for file in (FOLDER / "tests").glob("*.yaml")))
async def test_alerts_fire_on_what_is_bad_and_on_nothing_else(name: str) -> None:
    assert "SUCCESS" in await promtool("test", "rules", f"/etc/prometheus/tests/{name}")


async def test_what_promtool_refuses_fails() -> None:
    with pytest.raises(Failed, match="FAILED"):
        await promtool("check", "rules", "/etc/prometheus/prometheus.yaml")
