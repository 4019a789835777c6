"""docs/operations.md lists the settings there are."""

from .settings_table import PAGE, written


def test_the_table_of_settings_is_the_codes() -> None:
    assert PAGE.read_text() == written(), "run: python -m tests.docs.settings_table"
