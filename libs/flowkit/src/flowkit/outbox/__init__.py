"""The outbox: events leave through the database they were caused in, so that none is lost and none is made up."""

from flowkit.outbox.publishing import Publishes, Publishing
from flowkit.outbox.table import outbox

__all__ = ["Publishes", "Publishing", "outbox"]
