"""What a failed check prints: the findings, and of the first few operations their history and their trace."""

from collections import Counter
from collections.abc import Callable, Sequence

import msgspec

from tests.telemetry.spans import Span, tree

from .finding import Finding
from .history import History, Operation

MOST = 5


def told(findings: Sequence[Finding], history: History, spans: Callable[[str], Sequence[Span]]) -> str:
    wrong = [f"{each.wrong}: {each.what}" for each in findings[:20]]
    marks = dict.fromkeys(each.mark for each in findings if each.mark)
    concerned = [each for mark in list(marks)[:MOST] for each in history.operations if each.mark == mark]
    strikes = map(str, history.strikes[-4:])
    pages = [line for each in concerned for line in _page(each, spans)]
    counted = Counter(each.wrong for each in findings)
    return "\n".join([f"{dict(counted)}", *wrong, "the last strikes:", *strikes, *pages])


def _page(operation: Operation, spans: Callable[[str], Sequence[Span]]) -> list[str]:
    found = spans(operation.trace_id)
    return [msgspec.json.encode(operation).decode(), *tree(found, operation.span_id)]
