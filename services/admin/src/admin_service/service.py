"""admin: what it serves."""

from contracts import admin, audit
from contracts.bus import callers
from flowkit.audit import Noting, TellAudit
from flowkit.security.passwords import Passwords
from flowkit.security.signing_in import SigningIn
from flowkit.service import Service, serve

from admin_service.flows.change_password import ChangePassword
from admin_service.flows.create_admin import CreateAdmin
from admin_service.flows.list_admins import ListAdmins
from admin_service.flows.log_in import LogIn
from admin_service.flows.set_status import SetStatus
from admin_service.ports import Flows, Store


def build_service(store: Store, passwords: Passwords, signing_in: SigningIn, flows: Flows, refusals: Noting) -> Service:
    return Service(
        "admin",
        [
            serve(admin.login, LogIn(store, signing_in, flows, refusals)),
            serve(admin.create_admin, CreateAdmin(store, passwords)),
            serve(admin.get_list, ListAdmins(store)),
            serve(admin.change_password, ChangePassword(store, passwords, signing_in, flows)),
            serve(admin.set_status, SetStatus(store, flows)),
            serve(audit.admin, TellAudit(store)),
        ],
        callers=callers("admin"),
    )
