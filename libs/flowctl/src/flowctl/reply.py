"""A reply as a person reads it: status, time and trace, the steps, then the data or the error."""

from dataclasses import dataclass

import msgspec
from flowkit.bus import Message
from flowkit.wire import envelope, headers
from flowkit.wire.envelope import Answer
from msgspec import UNSET
from rich.text import Text

from flowctl.tree.picture import outcome, printable, sentence


@dataclass(frozen=True, slots=True)
class Reply:
    message: Message
    trace_id: str
    ms: float

    @property
    def answer(self) -> Answer | None:
        """None where the responder is not one of ours."""
        try:
            return envelope.decode(self.message.data)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None

    @property
    def is_an_error(self) -> bool:
        answer = self.answer
        return headers.SERVICE_ERROR in self.message.headers if answer is None else not answer.success

    def told(self) -> Text:
        answer = self.answer
        if answer is None:
            return Text(printable_lines(self.message.data.decode(errors="replace")))
        text = outcome(Text(), answer.status, _code(answer), self.ms).append(f"  {self.trace_id}\n", "dim")
        for step in answer.trace:
            text.append("  ").append_text(sentence(step)).append("\n")
        return text.append(_account(answer))


def _code(answer: Answer) -> str | None:
    return None if answer.error_code is UNSET else answer.error_code


def _account(answer: Answer) -> str:
    if answer.success:
        return _pretty(bytes(answer.data))
    faults = [f"  {wrong.field or '(all of it)'}: {wrong.message}" for wrong in answer.detailed]
    told = [answer.message, *faults, *([_pretty(bytes(answer.data))] if bytes(answer.data) else [])]
    return "\n".join(map(printable_lines, told))


def _pretty(data: bytes) -> str:
    """One that is no data at all is shown as null."""
    return msgspec.json.format(data or b"null", indent=2).decode()


def printable_lines(text: str) -> str:
    return "\n".join(printable(line) for line in text.split("\n"))
