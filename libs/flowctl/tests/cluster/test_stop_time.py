"""A service is given the time it allows itself, and is not killed before."""

from pathlib import Path

import pytest
from flowctl.cluster.stop_time import TO_BE_SEEN_S, GatewaySettings, stop_within_s
from flowkit.process.settings import read
from gateway_service.settings import Settings


@pytest.mark.parametrize(
    ("service", "environ", "expected_s"),
    [
        ("admin", {}, 9.5),
        ("admin", {"STOP_TIMEOUT_S": "20", "REQUEST_TIMEOUT_MS": "60000"}, 23.5),
        ("gateway", {}, 10.0),
        ("gateway", {"REQUEST_TIMEOUT_MS": "60000", "DRAIN_GRACE_MS": "2000"}, 66.5),
        ("gateway", {"STOP_TIMEOUT_S": "20"}, 24.0),
        ("gateway", {"STOP_TIMEOUT_S": "soon"}, 10.0),
    ],
)
def test_it_follows_from_the_settings(service: str, environ: dict[str, str], expected_s: float) -> None:
    assert stop_within_s(service, environ) == expected_s


def test_it_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "stop").write_text("20\n")

    assert stop_within_s("admin", {"STOP_TIMEOUT_S_FILE": str(tmp_path / "stop")}) == 23.5


@pytest.mark.parametrize("environ", [{}, {"REQUEST_TIMEOUT_MS": "9000"}, {"DRAIN_GRACE_MS": "9000"}])
def test_it_is_what_the_gateway_itself_reckons_with(environ: dict[str, str]) -> None:
    assert read(GatewaySettings, environ).longest_stop_s == read(Settings, environ).longest_stop_s
    assert stop_within_s("gateway", environ) == read(Settings, environ).longest_stop_s + TO_BE_SEEN_S
