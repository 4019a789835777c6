"""What a person sees of a tree."""

from flowctl.tree import Tree, picture

from .lines import ISSUE, LOGIN, REQUEST, TRACE, a_call, a_line


def test_steps_and_calls_stand_in_the_order_they_happened() -> None:
    tree = Tree(REQUEST, {"a1": Tree(LOGIN, {"b1": Tree(ISSUE)})})

    assert picture(tree).plain.splitlines() == [
        f"POST /api/v1/admin/login  200  70.2 ms  {TRACE}",
        "└─ admin · api.v1.admin.login  200  60.1 ms",
        "   ├─    2.1 ms  Looking up admin by email",
        "   ├─    3.2 ms  Verifying password  took 58.0 ms",
        "   ├─ auth · api.v1.auth.issue  200  0.4 ms",
        "   │  └─   61.8 ms  SUCCESS",
        "   └─   62.1 ms  SUCCESS",
    ]


def test_a_failure_is_named_where_it_happened() -> None:
    request = a_line(
        event="request",
        method="GET",
        route="/api/v1/auth/me",
        status=503,
        error_code="SERVICE_UNAVAILABLE",
        calls=[a_call("api.v1.auth.me", "c1", error_code="SERVICE_UNAVAILABLE"), a_call("api.v1.auth.keys", "c2")],
    )

    assert picture(Tree(request)).plain.splitlines() == [
        f"GET /api/v1/auth/me  503 SERVICE_UNAVAILABLE  0.0 ms  {TRACE}",
        "├─ api.v1.auth.me  SERVICE_UNAVAILABLE  3.0 ms",
        "└─ api.v1.auth.keys  not heard of  3.0 ms",
    ]


def test_a_request_that_found_no_route_is_told_by_its_path() -> None:
    request = a_line(event="request", method="GET", path="/no\x1b/such", status=404, error_code="NOT_FOUND")

    assert picture(Tree(request)).plain.startswith("GET /no�/such  404 NOT_FOUND")


def test_a_line_cannot_command_the_terminal() -> None:
    step = {"step": "\x1b[2J\r\x9b1m wiped", "at_ms": 0.0}

    assert "\x1b" not in picture(Tree(a_line(flow="\x07", steps=[step]))).plain
    assert "wiped" in picture(Tree(a_line(steps=[step]))).plain


def test_a_flow_that_was_cut_off_says_so_in_place_of_an_end() -> None:
    step = {"step": "Creating customer", "at_ms": 1.0}
    cut = a_line(service="customer", flow="api.v1.customer.register", cut_off=True, duration_ms=1.0, steps=[step])

    assert picture(Tree(cut)).plain.splitlines() == [
        f"customer · api.v1.customer.register  cut off, its process died  1.0 ms  {TRACE}",
        "└─    1.0 ms  Creating customer",
    ]
