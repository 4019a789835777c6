"""A flow asked for under an Idempotency-Key: carried out by one request, answered to all that bring the key."""

import asyncio
from dataclasses import dataclass
from typing import Any

import msgspec
import structlog
from msgspec import UNSET, Struct

from flowkit.call import Call
from flowkit.client import errors
from flowkit.contract import Contract, ErrorCode, FlowError, Unavailable
from flowkit.idempotency import FirstAnswer, Key, Ledger, Receipt
from flowkit.service.declare import Flow
from flowkit.wire import envelope

# After these nothing was done, or nobody knows: not an answer for the next who brings the key.
_NOT_FINAL: frozenset[ErrorCode] = frozenset(
    ("UNAUTHORIZED", "TOO_MANY_REQUESTS", "INTERNAL_ERROR", "BAD_GATEWAY", "SERVICE_UNAVAILABLE", "TIMEOUT")
)
# Beyond the deadline of whoever claimed it, so that it was cancelled by then.
_LEASE_MARGIN_S = 1.0
_ASK_AGAIN_S = 0.05
_log = structlog.get_logger("flowkit.service")


@dataclass(frozen=True, slots=True)
class Once:
    """`given` is the client's key, `payload` the request as it came."""

    ledger: Ledger
    contract: Contract[Any, Any]
    given: str
    payload: bytes

    async def run(self, flow: Flow[Any, Any], request: Struct, call: Call) -> Struct:
        with call.step("Looking up Idempotency-Key"):
            claimed = await self._claim(call)
        if isinstance(claimed, FirstAnswer):
            call.step("Giving the first answer again")
            return self._repeat(claimed)
        call.receipt = claimed
        return await self._carry_out(flow, request, call, claimed)

    async def _claim(self, call: Call) -> Receipt | FirstAnswer:
        key = Key.of(self.given, self.contract.subject, call.user_id or "")
        fingerprint = key.fingerprint(self.payload)
        while call.deadline.left > _ASK_AGAIN_S:
            lease = call.deadline.left + _LEASE_MARGIN_S
            if (claimed := await self.ledger.claim(key, fingerprint, lease, self.contract.status)) is not None:
                return claimed
            # Another is at it; its answer is this one's too.
            await asyncio.sleep(_ASK_AGAIN_S)
        raise Unavailable

    async def _carry_out(self, flow: Flow[Any, Any], request: Struct, call: Call, receipt: Receipt) -> Struct:
        try:
            reply = await flow.run(request, call)
        except FlowError as error:
            await self._conclude(receipt, None if error.code in _NOT_FINAL else error)
            raise
        except Exception:
            await self._conclude(receipt, None)
            raise
        await self._conclude(receipt, reply)
        return reply

    async def _conclude(self, receipt: Receipt, answer: Struct | FlowError | None) -> None:
        try:
            if answer is None:
                await self.ledger.release(receipt)
            else:
                await self.ledger.settle(receipt, answer)
        except FlowError as fault:
            # This caller has its answer. Without its lease the next to bring the key runs the flow again.
            _log.warning("an answer could not be kept under its Idempotency-Key", error_code=fault.code)

    def _repeat(self, first: FirstAnswer) -> Struct:
        answer = envelope.decode(first.envelope)
        if answer.error_code is not UNSET:
            raise errors.of_answer(self.contract, answer)
        return msgspec.json.decode(answer.data, type=self.contract.reply)
