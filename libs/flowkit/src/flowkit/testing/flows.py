"""Other services' flows, as a flow's test imagines them."""

from typing import Any

from msgspec import Struct

from flowkit.contract import Contract, FlowError, Unavailable


class ImaginedFlows:
    """Answers from a table of subjects; what is not in it is away. `asked` lists what was requested, in order."""

    def __init__(self, answers: dict[str, Struct | FlowError] | None = None) -> None:
        self._answers = answers or {}
        self.asked: list[Struct] = []

    async def call[Request: Struct, Reply: Struct](self, contract: Contract[Request, Reply], request: Request) -> Reply:
        self.asked.append(request)
        answer: Any = self._answers.get(contract.subject, Unavailable())
        if isinstance(answer, FlowError):
            raise answer
        return answer
