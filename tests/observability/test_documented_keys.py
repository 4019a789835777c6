"""Nothing stands in a configuration that its documentation does not know: nobody else would find a misspelt key."""

from pathlib import Path

import pytest
import yaml

from .configurations import FILES, documented, keys, read

each_configuration = pytest.mark.parametrize("name", FILES)


@each_configuration
def test_every_key_is_a_documented_one(name: str) -> None:
    assert set(keys(read(FILES[name]))) - documented(name).keys() == set()


@each_configuration
def test_every_listed_key_is_used(name: str) -> None:
    assert documented(name).keys() - set(keys(read(FILES[name]))) == set()


@each_configuration
def test_every_key_has_its_page(name: str) -> None:
    assert [key for key, page in documented(name).items() if "." not in page] == []


@pytest.mark.parametrize(
    ("name", "key", "misspelt"),
    [
        ("collector", "max_elapsed_time", "max_elapsed"),
        ("collector", "redaction/emails", "redact/emails"),
        ("tempo", "block_retention", "retention"),
        ("loki", "delete_request_store", "delete_requests_store"),
    ],
)
def test_a_misspelt_key_is_found(name: str, key: str, misspelt: str) -> None:
    changed = yaml.safe_load(FILES[name].read_text().replace(f"{key}:", f"{misspelt}:"))

    assert set(keys(changed)) - documented(name).keys() != set()


def test_no_configuration_says_a_key_twice() -> None:
    """YAML's readers here take the last one and say nothing."""
    for file in FILES.values():
        assert _twice(file) == []


def _twice(file: Path) -> list[str]:
    found: list[str] = []

    def walk(node: yaml.Node | None) -> None:
        if isinstance(node, yaml.MappingNode):
            names = [str(key.value) for key, _ in node.value]
            found.extend(name for name in names if names.count(name) > 1)
            for _, value in node.value:
                walk(value)
        elif isinstance(node, yaml.SequenceNode):
            for item in node.value:
                walk(item)

    walk(yaml.compose(file.read_text()))
    return found
