"""What a mail server says of a recipient or of a letter, and whose fault that is."""

import re
from typing import Final

from aiosmtplib import SMTPResponseException

from notification_service.ports import Doubtful, NotNow, Undeliverable

_FOR_GOOD: Final = 500
# At the beginning (RFC 2034), or as qmail has it: "sorry, ... (#5.7.1)".
_ENHANCED: Final = re.compile(r"(?:^|\(#)5\.(\d{1,3})\.(\d{1,3})(?![\d.])")
# Of RFC 3463: the recipient's address, the recipient's mailbox, the letter itself.
_THEIR_OWN: Final = ("1", "2", "6")
# Too large; no answer from where it should go; no way there.
_THEIR_OWN_TOO: Final = ("3.4", "4.1", "4.4")
# Of an address as well, and of the sender's.
_OURS: Final = ("1.7", "1.8")
_FULL: Final = "2.2"
# Without an enhanced code. A name that is none, a mailbox that is not there or elsewhere, a domain that takes no mail.
_PLAINLY_THEIR_OWN: Final = (501, 550, 551, 553, 556)
_PLAINLY_FULL: Final = 552


def judged(answer: SMTPResponseException) -> Undeliverable | NotNow:
    """What may be ours to mend costs nobody their letter. A server's words may repeat an address: its codes go on."""
    enhanced = _enhanced(answer)
    told = f"{type(answer).__name__} {answer.code}" + (f" 5.{enhanced}" if enhanced else "")
    if answer.code < _FOR_GOOD or enhanced == _FULL or (enhanced is None and answer.code == _PLAINLY_FULL):
        return NotNow(told)
    return Undeliverable(told) if _is_their_own(answer.code, enhanced) else Doubtful(told)


def _is_their_own(code: int, enhanced: str | None) -> bool:
    if enhanced is None:
        return code in _PLAINLY_THEIR_OWN
    of_whom = enhanced.partition(".")[0]
    return (of_whom in _THEIR_OWN or enhanced in _THEIR_OWN_TOO) and enhanced not in _OURS


def _enhanced(answer: SMTPResponseException) -> str | None:
    """Without its class, which is the code's first digit; None too where it says nothing (5.0.0)."""
    found = _ENHANCED.search(answer.message) if answer.code >= _FOR_GOOD else None
    return None if found is None or found[1] == "0" else f"{int(found[1])}.{int(found[2])}"
