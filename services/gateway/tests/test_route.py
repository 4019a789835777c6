"""What may stand behind a route."""

import pytest
from contracts import admin, api_keys, auth, customer, notification, order
from flowkit.contract.keys import public_keys
from gateway_service.http.route import NotRoutable, get, post
from gateway_service.routes import ROUTES


def test_no_route_leads_to_an_internal_contract() -> None:
    with pytest.raises(NotRoutable, match=r"POST /api/v1/auth/validate: api\.v1\.auth\.validate is internal"):
        post("/api/v1/auth/validate", auth.validate)


def test_a_parameter_the_payload_does_not_know_is_refused() -> None:
    with pytest.raises(NotRoutable, match="knows no field name"):
        get("/api/v1/customers/{name}", customer.get)


def test_no_route_is_declared_twice() -> None:
    assert len({(route.method, route.path) for route in ROUTES}) == len(ROUTES)


def test_every_contract_that_is_not_internal_has_a_route() -> None:
    routed = {route.contract for route in ROUTES}
    declared = (*admin.ALL, *auth.ALL, *api_keys.ALL, *customer.ALL, *order.ALL, *notification.ALL)
    public = {contract for contract in declared if contract.access.is_routable}

    assert public <= routed | {public_keys}
