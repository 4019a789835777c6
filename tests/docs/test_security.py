"""What the page on threats refers to is there: tests that show it, and numbers of the standards it names."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/security.md").read_text()
ROWS = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if line.startswith("| ")]
THREATS = [row for row in ROWS if len(row) == 4 and row[0] != "threat"]
NOT_MET = [row[0] for row in ROWS if len(row) == 2 and row[0] != "requirement"]
# How many requirements ASVS 5.0.0 has in each section that is referred to.
_SIZES = """
    1.3=12 2.2=3 2.3=5 2.4=2 3.4=8 4.1=5 6.1=3 6.2=12 6.3=8 7.1=3 7.3=2 7.4=5 7.5=3 8.2=4 8.3=3 9.1=3 9.2=4 10.4=16
    11.2=5 11.3=5 11.4=4 11.5=2 12.1=5 12.3=5 13.1=4 13.2=6 13.3=4 13.4=7 14.2=8 14.3=3 15.2=5 15.3=7 15.4=4
    16.2=5 16.3=4 16.4=3 16.5=4
"""
ASVS = {section: int(size) for section, _, size in (each.partition("=") for each in _SIZES.split())}


def test_every_test_that_is_named_is_there() -> None:
    named = {name for row in THREATS for name in re.findall(r"`([\w./-]+)`", row[2])}
    files = {path.name for folder in ("tests", "libs", "services") for path in (ROOT / folder).rglob("test_*.py")}

    assert len(named) > 40
    assert {name for name in named if not (ROOT / name).exists() and name not in files} == set()


def test_every_threat_has_a_test_and_a_number() -> None:
    assert [row[0] for row in THREATS if not (re.search(r"`|the same", row[2]) and re.search(r"\d", row[3]))] == []


def test_every_number_is_one_of_the_standards() -> None:
    told = " ".join([*(row[3] for row in THREATS), *NOT_MET])
    numbers = re.findall(r"(\d+\.\d+)\.(\d+)", told)

    assert len(numbers) > 80
    assert [number for number in numbers if not 1 <= int(number[1]) <= ASVS.get(number[0], 0)] == []
    assert {int(number) for number in re.findall(r"API(\d+)", told)} <= set(range(1, 11))
