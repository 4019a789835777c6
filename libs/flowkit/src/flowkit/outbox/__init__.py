"""The outbox: events leave through the database they were caused in, so that none is lost and none is made up."""

from flowkit.outbox.publishing import NotAnEvent, Publishes, Publishing
from flowkit.outbox.relay import Relay
from flowkit.outbox.relaying import relaying
from flowkit.outbox.sending import Sending
from flowkit.outbox.table import outbox

__all__ = ["NotAnEvent", "Publishes", "Publishing", "Relay", "Sending", "outbox", "relaying"]
