"""What a flow knows of the request besides its payload."""

from flowkit.call.call import Announced, Call, CallMade, current_call

__all__ = ["Announced", "Call", "CallMade", "current_call"]
