"""What a flow knows of the request besides its payload."""

from flowkit.call.call import Call, CallMade, current_call

__all__ = ["Call", "CallMade", "current_call"]
