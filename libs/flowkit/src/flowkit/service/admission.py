"""What a message passes before its flow runs: who asks, whether they may, and what they ask."""

from msgspec import Struct

from flowkit.bus import Message
from flowkit.call import Call
from flowkit.contract import ServiceNotPermitted
from flowkit.service.desk import Desk
from flowkit.service.endpoint import Endpoint
from flowkit.telemetry.concealed import conceal
from flowkit.wire import headers


class ForeignInbox(Exception):
    """The answer is wanted in the inbox of another than the one who has proven to ask."""

    refusal = ServiceNotPermitted()


async def admit(desk: Desk, endpoint: Endpoint, message: Message, call: Call) -> Struct:
    """The request, once the call knows who asks; raises the refusal of whom or what is not let in."""
    contract = endpoint.contract
    if contract.access.is_internal:
        await _check_service(desk, endpoint, message, call)
    if contract.access.needs_identity and call.identity_token:
        call.identity = await desk.verifier.verify(call.identity_token)
    contract.check(call.identity)
    request = endpoint.decoder.decode(message.data)
    conceal(request)
    return request


async def _check_service(desk: Desk, endpoint: Endpoint, message: Message, call: Call) -> None:
    """What is internal answers services alone, and those that it names."""
    if badge := message.headers.get(headers.SERVICE):
        call.service = await desk.verifier.verify_service(badge)
        if not desk.replies.may_go_to(call.service, message.reply):
            raise ForeignInbox
    endpoint.contract.access.check_service(call.service)
