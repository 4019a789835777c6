"""The HTTP surface: every route there is, and the contract behind it."""

from contracts import admin, api_keys, auth, customer, health, notification, order

from gateway_service.http.route import delete, get, post, put
from gateway_service.rate_limits.limits import SIGNING_IN

ROUTES = (
    get("/api/v1/healthcheck", health.check),
    post("/api/v1/admin/login", admin.login, SIGNING_IN),
    post("/api/v1/admin/create-admin", admin.create_admin),
    get("/api/v1/admin/list", admin.get_list),
    post("/api/v1/admin/password", admin.change_password),
    put("/api/v1/admin/{id}/status", admin.set_status),
    post("/api/v1/customer/register", customer.register, SIGNING_IN),
    post("/api/v1/customer/login", customer.login, SIGNING_IN),
    post("/api/v1/customer/password", customer.change_password),
    get("/api/v1/auth/me", auth.me),
    post("/api/v1/auth/refresh", auth.refresh, SIGNING_IN),
    post("/api/v1/auth/logout", auth.logout),
    get("/api/v1/auth/sessions", auth.sessions),
    post("/api/v1/auth/api-keys", api_keys.make),
    get("/api/v1/auth/api-keys", api_keys.get_list),
    delete("/api/v1/auth/api-keys/{id}", api_keys.revoke),
    get("/api/v1/customers", customer.get_list),
    get("/api/v1/customers/{id}", customer.get),
    get("/api/v1/customers/{id}/export", customer.export),
    put("/api/v1/customers/{id}", customer.update),
    delete("/api/v1/customers/{id}", customer.delete),
    put("/api/v1/customers/{id}/status", customer.set_status),
    post("/api/v1/orders", order.create),
    get("/api/v1/orders", order.get_list),
    get("/api/v1/orders/{id}", order.get),
    get("/api/v1/customers/{customerId}/notifications", notification.get_list),
)
