"""The audit log: who did what to whom, kept with what was done, and only ever added to."""

from flowkit.audit.entry import OK, Entry
from flowkit.audit.refusals import Noting, Refusals
from flowkit.audit.table import audit_log
from flowkit.audit.tell import Reading, TellAudit, page_of
from flowkit.audit.transaction import Audited, Recording

__all__ = ["OK", "Audited", "Entry", "Noting", "Reading", "Recording", "Refusals", "TellAudit", "audit_log", "page_of"]
