"""The table: who emits which span, metric and log line, and who calls whom."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Emits:
    """`lines` belong to requests and events, `itself` is what it says as it comes up; most others are spans."""

    serves: frozenset[str]
    calls: frozenset[str]
    lines: frozenset[str]
    itself: frozenset[str]
    metrics: frozenset[str]
    publishes: frozenset[str] = frozenset()
    processes: frozenset[str] = frozenset()


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def rows(text: str) -> frozenset[str]:
    return frozenset(line.strip() for line in text.strip().splitlines())


EVERYONES = words("""
    service_info
    flow_handled_total flow_duration_seconds flow_step_duration_seconds flow_deadline_overruns_total
    flow_in_flight flow_waiting
    nats_connected nats_reconnects_total nats_permission_violations_total nats_message_failures_total
    nats_awaiting_replies
    notices_told_total notices_heard_total notices_lost_total
    event_loop_lag_seconds
    process_cpu_seconds_total process_resident_memory_bytes process_virtual_memory_bytes
    process_open_fds process_max_fds process_start_time_seconds
    python_gc_collections_total python_gc_objects_collected_total python_gc_objects_uncollectable_total
    telemetry_sent_total telemetry_dropped_total telemetry_export_failures_total log_lines_dropped_total
    spans_cut_off_total spans_unboxed_total
""")
CALLING = words("""
    flow_call_attempts_total flow_call_retries_denied_total flow_circuit_state flow_circuit_refusals_total
""")
HTTP = words("""
    http_requests_total http_requests_turned_away_total http_request_duration_seconds http_requests_in_flight
""")
LIMITS = words("rate_limited_total rate_limit_buckets")
NOTIFYING = words("notifications_total notifications_longest_wait_seconds")
REACTING = words("""
    events_handled_total event_duration_seconds event_age_seconds event_oldest_unfinished_seconds
    events_redelivered_total events_dead_total events_pending
""")
POOL = words("database_pool_size database_pool_in_use database_pool_waiting")
HASHING = words("password_hashing_running password_hashing_waiting password_hashes_total logins_refused_total")
STREAMS = words("stream_conflicts stream_messages stream_bytes stream_bytes_limit events_removed_total event_readers")
OUTBOX = words("""
    events_published_total event_publish_failures_total outbox_lag_seconds
    outbox_rows_waiting outbox_oldest_seconds outbox_keys_held
""")

MATRIX = {
    "gateway": Emits(
        serves=rows("""
            GET /api/v1/healthcheck
            POST /api/v1/customer/register
            POST /api/v1/customer/login
            POST /api/v1/customer/password
            POST /api/v1/admin/login
            POST /api/v1/admin/create-admin
            GET /api/v1/admin/list
            POST /api/v1/admin/password
            PUT /api/v1/admin/{id}/status
            GET /api/v1/auth/me
            POST /api/v1/auth/refresh
            POST /api/v1/auth/logout
            GET /api/v1/auth/sessions
            POST /api/v1/auth/api-keys
            GET /api/v1/auth/api-keys
            DELETE /api/v1/auth/api-keys/{id}
            GET /api/v1/customers
            GET /api/v1/customers/{id}
            GET /api/v1/customers/{id}/export
            PUT /api/v1/customers/{id}
            DELETE /api/v1/customers/{id}
            PUT /api/v1/customers/{id}/status
            POST /api/v1/orders
            GET /api/v1/orders
            GET /api/v1/orders/{id}
            GET /api/v1/customers/{customerId}/notifications
            GET
            POST
            api.v1.healthcheck
        """),
        calls=words("""
            api.v1.healthcheck flow.health.auth flow.health.admin flow.health.customer
            flow.health.order flow.health.payment flow.health.notification api.v1.notification.getList
            api.v1.auth.validate api.v1.auth.me
            api.v1.auth.refresh api.v1.auth.logout api.v1.auth.sessions
            api.v1.auth.makeApiKey api.v1.auth.listApiKeys api.v1.auth.revokeApiKey
            api.v1.admin.login api.v1.admin.createAdmin api.v1.admin.getList
            api.v1.admin.changePassword api.v1.admin.setStatus
            api.v1.customer.register api.v1.customer.login api.v1.customer.getList
            api.v1.customer.get api.v1.customer.export api.v1.customer.update api.v1.customer.delete
            api.v1.customer.changePassword api.v1.customer.setStatus
            api.v1.order.create api.v1.order.getList api.v1.order.get
        """),
        lines=words("request flow"),
        itself=words("listening serving ready"),
        metrics=EVERYONES | CALLING | HTTP | LIMITS,
    ),
    "auth": Emits(
        serves=words("""
            api.v1.auth.validate api.v1.auth.issue api.v1.auth.me flow.audit.auth flow.health.auth
            api.v1.auth.refresh api.v1.auth.logout api.v1.auth.sessions
            api.v1.auth.endSessions api.v1.auth.sessionsOf
            api.v1.auth.makeApiKey api.v1.auth.listApiKeys api.v1.auth.revokeApiKey
        """),
        calls=frozenset(),
        lines=words("flow"),
        itself=words("serving ready"),
        metrics=EVERYONES | POOL | words("sessions_ended_total") | STREAMS,
    ),
    "admin": Emits(
        serves=words("""
            api.v1.admin.login api.v1.admin.createAdmin api.v1.admin.getList
            api.v1.admin.changePassword api.v1.admin.setStatus flow.health.admin
        """),
        calls=words("api.v1.auth.issue api.v1.auth.endSessions"),
        lines=words("flow"),
        itself=words("serving ready"),
        metrics=EVERYONES | CALLING | POOL | HASHING,
    ),
    "customer": Emits(
        serves=words("""
            api.v1.customer.register api.v1.customer.login api.v1.customer.getList
            api.v1.customer.get api.v1.customer.export api.v1.customer.update api.v1.customer.delete
            api.v1.customer.changePassword api.v1.customer.setStatus api.v1.customer.contact
            flow.health.customer
        """),
        calls=words("""
            api.v1.auth.issue api.v1.auth.endSessions api.v1.auth.sessionsOf flow.audit.auth
            api.v1.order.ordersOf api.v1.payment.paymentsOf api.v1.notification.notificationsOf
        """),
        lines=words("flow"),
        itself=words("serving ready"),
        metrics=EVERYONES | CALLING | POOL | HASHING | OUTBOX,
        publishes=words("event.customer.registered.v1"),
    ),
    "order": Emits(
        serves=words("""
            api.v1.order.create api.v1.order.getList api.v1.order.get api.v1.order.ordersOf flow.health.order
        """),
        calls=frozenset(),
        lines=words("flow event"),
        itself=words("serving ready"),
        metrics=EVERYONES | CALLING | POOL | OUTBOX | REACTING,
        publishes=words("event.order.created.v1"),
        processes=words("event.customer.registered.v1 event.payment.completed.v1"),
    ),
    "payment": Emits(
        serves=words("api.v1.payment.paymentsOf flow.health.payment"),
        calls=frozenset(),
        lines=words("flow event"),
        itself=words("serving ready"),
        metrics=EVERYONES | CALLING | POOL | OUTBOX | REACTING,
        publishes=words("event.payment.completed.v1"),
        processes=words("event.order.created.v1"),
    ),
    "notification": Emits(
        serves=words("""
            api.v1.notification.getList api.v1.notification.notificationsOf flow.health.notification
        """),
        calls=words("api.v1.customer.contact"),
        lines=rows("""
            flow
            event
            notification
            notification logged
        """),
        itself=words("serving ready"),
        metrics=EVERYONES | CALLING | POOL | REACTING | NOTIFYING,
        processes=words("event.customer.registered.v1 event.order.created.v1 event.payment.completed.v1"),
    ),
}
