"""The rules as they lie in deploy/prometheus/rules, and the metrics others were seen to emit."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flowkit.telemetry import names

from .configurations import DEPLOY, read

FOLDER = DEPLOY / "prometheus/rules"
RECORDED = Path(__file__).parent / "metrics"
_OF_A_HISTOGRAM = ("_bucket", "_sum", "_count")
_WORDS = frozenset(
    (
        *("sum", "max", "min", "by", "and", "or", "unless", "absent", "label_replace"),
        *("rate", "increase", "deriv", "histogram_quantile", "max_over_time"),
    )
)


@dataclass(frozen=True, slots=True)
class Rule:
    name: str
    expression: str
    labels: dict[str, str]
    annotations: dict[str, str]
    alerts: bool


def rules() -> list[Rule]:
    groups = [group for file in sorted(FOLDER.glob("*.yaml")) for group in read(file)["groups"]]
    return [_rule(rule) for group in groups for rule in group["rules"]]


def alerts() -> list[Rule]:
    return [rule for rule in rules() if rule.alerts]


def metrics_of(expression: str) -> set[str]:
    """The names of metrics in an expression: what is left without labels, ranges, texts and words of PromQL."""
    bare = re.sub(r'"[^"]*"|\{[^}]*\}|\[[^]]*\]|\b(?:by|without|on|ignoring)\s*\([^)]*\)', " ", expression)
    return {word for word in re.findall(r"[A-Za-z_:][\w:]*", bare) if word.lower() not in _WORDS}


def ours() -> set[str]:
    """Names of our own metrics, those of a histogram's parts among them."""
    named = {value for name, value in vars(names).items() if name.isupper() and isinstance(value, str)}
    return named | {f"{value}{part}" for value in named if value.endswith("_seconds") for part in _OF_A_HISTOGRAM}


def recorded(of: str = "*") -> set[str]:
    lines = [line for file in RECORDED.glob(f"{of}.txt") for line in file.read_text().splitlines()]
    return {line for line in lines if line and not line.startswith("#")}


def _rule(rule: dict[str, Any]) -> Rule:
    name = rule.get("alert") or rule["record"]
    return Rule(name, rule["expr"], rule.get("labels", {}), rule.get("annotations", {}), "alert" in rule)
