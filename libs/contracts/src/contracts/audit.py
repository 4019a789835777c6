"""audit: what each service that decides something keeps of who did what to whom."""

from flowkit.contract.audit import audit_of

# customer tells those it serves what is kept of them.
auth = audit_of("auth", "customer")
admin = audit_of("admin")
customer = audit_of("customer")

ALL = (auth, admin, customer)
