"""The key that auth seals its private keys under."""

from pathlib import Path

import pytest
from flowctl.cluster.encryption_key import told

ONE, FILE = "KEYS_ENCRYPTION_KEY", "KEYS_ENCRYPTION_KEY_FILE"


def test_one_is_made_on_the_first_start_and_found_by_later_ones(tmp_path: Path) -> None:
    kept = tmp_path / "key"

    first = told({}, kept)
    made = kept.read_text()

    assert first == told({}, kept) == {FILE: str(kept)}
    assert kept.read_text() == made
    assert len(bytes.fromhex(made.strip())) == 32
    assert kept.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("given", [{ONE: "ab" * 32}, {FILE: "/run/keys/mine"}])
def test_one_that_is_given_is_handed_on_and_none_is_made(tmp_path: Path, given: dict[str, str]) -> None:
    kept = tmp_path / "key"

    assert told({"PATH": "/bin", **given}, kept) == given
    assert not kept.exists()
