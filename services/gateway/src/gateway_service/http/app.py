"""The routes and pages as a Litestar application; whatever it raises leaves in the envelope."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Protocol, cast

import structlog
from flowkit.contract import Fault, Invalid, NotFound, Wrong
from litestar import Litestar, Request, Response
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, HTTPScope, Method, Scope

from gateway_service.http.answer import Answer, Told
from gateway_service.http.endpoint import Endpoint
from gateway_service.http.exchange import Exchange
from gateway_service.http.refusals import MethodNotAllowed

type Answering = Callable[[Scope], Awaitable[ASGIApp]]


class Page(Protocol):
    """What is no flow's answer."""

    @property
    def path(self) -> str: ...

    async def show(self, scope: Scope) -> ASGIApp: ...


_log = structlog.get_logger("gateway")


def build_app(endpoints: Iterable[Endpoint], pages: Iterable[Page]) -> ASGIApp:
    paths: defaultdict[str, dict[str, Answering]] = defaultdict(dict)
    for endpoint in endpoints:
        paths[endpoint.route.path][endpoint.route.method] = endpoint.answer
    for page in pages:
        paths[page.path]["GET"] = page.show
    return Litestar(
        [_handler(path, answers) for path, answers in paths.items()],
        exception_handlers={Exception: _envelope_of},
        openapi_config=None,
        logging_config=None,
    )


def _handler(path: str, answers: dict[str, Answering]) -> HTTPRouteHandler:
    if "GET" in answers:
        # The HTTP layer leaves the body out.
        answers["HEAD"] = answers["GET"]
    answers["OPTIONS"] = _options(path, ", ".join(sorted({*answers, "OPTIONS"})))

    # Litestar converts whatever has a narrower type than `Scope`, at twice the cost of all else it does.
    async def handle(scope: Scope) -> ASGIApp:
        return await answers[cast("HTTPScope", scope)["method"]](scope)

    methods = cast("list[Method]", list(answers))
    return HTTPRouteHandler(path.replace("}", ":str}"), http_method=methods, name=path, status_code=200)(handle)


def _options(path: str, allow: str) -> Answering:
    async def tell(scope: Scope) -> ASGIApp:
        Exchange.of(scope).route = path
        return Answer(204, b"", ((b"allow", allow.encode()),))

    return tell


def _envelope_of(request: Request[Any, Any, Any], fault: Exception) -> Response[bytes]:
    answer = Exchange.of(request.scope).refuse(_told(fault))
    headers = {name.decode(): value.decode() for name, value in answer.headers}
    return Response(answer.body, status_code=answer.status, headers=headers)


def _told(fault: Exception) -> Told:
    match fault:
        case NotFoundException():
            return NotFound()
        case MethodNotAllowedException():
            allowed = (fault.headers or {}).get("allow", "")
            return MethodNotAllowed(", ".join(sorted(allowed.split(", "))))
        case HTTPException(status_code=400, detail=detail):
            return Invalid(detailed=(Wrong("", detail),))
        case _:
            _log.error("request crashed", exc_info=fault)
            return Fault()
