"""customer: what it serves."""

from contracts import audit, customer
from contracts.bus import callers
from flowkit.audit import Noting, TellAudit
from flowkit.security.passwords import Passwords
from flowkit.security.signing_in import SigningIn
from flowkit.service import Service, serve

from customer_service.flows.change_password import ChangePassword
from customer_service.flows.delete_customer import DeleteCustomer
from customer_service.flows.export_customer import ExportCustomer
from customer_service.flows.get_customer import GetCustomer
from customer_service.flows.list_customers import ListCustomers
from customer_service.flows.log_in import LogIn
from customer_service.flows.register_customer import RegisterCustomer
from customer_service.flows.set_status import SetStatus
from customer_service.flows.tell_contact import TellContact
from customer_service.flows.update_customer import UpdateCustomer
from customer_service.ports import Flows, Store


def build_service(store: Store, passwords: Passwords, signing_in: SigningIn, flows: Flows, refusals: Noting) -> Service:
    return Service(
        "customer",
        [
            serve(customer.register, RegisterCustomer(store, passwords)),
            serve(customer.login, LogIn(store, signing_in, flows, refusals)),
            serve(customer.get_list, ListCustomers(store)),
            serve(customer.get, GetCustomer(store)),
            serve(customer.export, ExportCustomer(store, flows)),
            serve(customer.update, UpdateCustomer(store)),
            serve(customer.delete, DeleteCustomer(store, flows)),
            serve(customer.change_password, ChangePassword(store, passwords, signing_in, flows)),
            serve(customer.set_status, SetStatus(store, flows)),
            serve(customer.contact, TellContact(store)),
            serve(audit.customer, TellAudit(store)),
        ],
        callers=callers("customer"),
    )
