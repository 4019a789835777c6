"""What the gateway's settings mean together."""

import pytest
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
