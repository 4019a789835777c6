"""An event told to a reaction, for the tests of whoever writes one."""

from typing import Any
from uuid import uuid4

import msgspec
from msgspec import Struct

from flowkit.call import Call
from flowkit.service.declare import Reacting
from flowkit.testing.calls import a_call


async def told(reacting: Reacting, event: Struct, event_id: str = "") -> Call:
    """As the runtime does it: over the wire, in one transaction with its mark, or not at all. `call.steps` says what
    was done: nothing, where an event of that id was done before."""
    call = a_call()
    received: Any = msgspec.json.decode(msgspec.json.encode(event), type=reacting.event.body)
    with call.as_current():
        async with reacting.store.transaction() as tx:
            if await tx.mark_done(reacting.event.name, event_id or str(uuid4())):
                await reacting.reaction.run(received, call, tx)
    return call
