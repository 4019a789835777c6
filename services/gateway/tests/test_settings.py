"""What the gateway's settings mean together."""

import pytest
from flowkit.process.settings import BadSettings, read
from gateway_service.settings import Settings


@pytest.mark.parametrize(
    ("settings", "longest"),
    [
        (Settings(), 9.5),
        (Settings(drain_grace_ms=15_000), 24.0),
        (Settings(request_timeout_ms=30_000, drain_grace_ms=0), 34.0),
        (Settings(stop_timeout_s=20, drain_grace_ms=0), 23.0),
    ],
)
def test_a_stop_has_time_for_the_grace_and_for_the_longest_request(settings: Settings, longest: float) -> None:
    assert settings.longest_stop_s == pytest.approx(longest)  # pyright: ignore[reportUnknownMemberType] - pytest leaves it untyped


@pytest.mark.parametrize("proxies", ["10.0.0.1/8", "10.0.0.0/33", ":::", "10.0.0.0/8, 1.2.3"])
def test_proxies_that_are_none_are_told_by_their_variable(proxies: str) -> None:
    with pytest.raises(BadSettings, match="TRUSTED_PROXIES: expects an address or a network"):
        read(Settings, {"TRUSTED_PROXIES": proxies})
