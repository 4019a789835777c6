"""What is asked of each contract: something that fits it, about the owner's record."""

from collections.abc import Callable
from typing import Any

from tests.cluster.people import PASSWORD, ROOT_EMAIL, Person, a_newcomer, an_order, new_email

from .cast import Actor

type Asked = Callable[[Actor], dict[str, Any]]


def _nothing(_: Actor) -> dict[str, Any]:
    return {}


def _the_owner(actor: Actor) -> dict[str, Any]:
    return {"id": actor.owner.id}


def asked(root_password: str, colleague: Person) -> dict[str, Asked]:
    """`colleague` is the admin whom a root admin may disable."""

    def new_password(actor: Actor) -> dict[str, Any]:
        # The root admin is everybody's: their password stays what it is.
        known = root_password if actor.persona == "root" else PASSWORD
        return {"currentPassword": known, "newPassword": known}

    return {
        "api.v1.healthcheck": _nothing,
        "api.v1.admin.login": lambda _: {"email": ROOT_EMAIL, "password": root_password},
        "api.v1.admin.createAdmin": lambda _: {"email": new_email("grace"), "password": PASSWORD},
        "api.v1.admin.getList": _nothing,
        "api.v1.admin.changePassword": new_password,
        "api.v1.admin.setStatus": lambda _: {"id": colleague.id, "status": "disabled"},
        "api.v1.customer.register": lambda _: a_newcomer(),
        "api.v1.customer.login": lambda actor: {"email": actor.owner.email, "password": PASSWORD},
        "api.v1.customer.getList": _nothing,
        "api.v1.customer.get": _the_owner,
        "api.v1.customer.export": _the_owner,
        "api.v1.customer.update": lambda actor: {"id": actor.owner.id, "firstName": "Augusta"},
        "api.v1.customer.delete": _the_owner,
        "api.v1.customer.changePassword": new_password,
        "api.v1.customer.setStatus": lambda actor: {"id": actor.owner.id, "status": "active"},
        "api.v1.order.create": lambda _: an_order(),
        "api.v1.order.getList": _nothing,
        "api.v1.order.get": lambda actor: {"id": actor.order},
        "api.v1.notification.getList": lambda actor: {"customerId": actor.owner.id},
        "api.v1.auth.me": _nothing,
        "api.v1.auth.sessions": _nothing,
        "api.v1.auth.refresh": lambda actor: {"refreshToken": actor.refresh_token or "flr_" + "A" * 43},
        "api.v1.auth.logout": _nothing,
        "api.v1.auth.makeApiKey": lambda _: {"name": "a machine", "role": "customer"},
        "api.v1.auth.listApiKeys": _nothing,
        "api.v1.auth.revokeApiKey": lambda actor: {"id": actor.api_key},
        "api.v1.auth.keys": _nothing,
    }
