"""What can be asked on the bus: a request, the flow that takes it, and each reply it may give."""

from typing import Any, Final

from flowkit.contract import Command, Contract, Participant

from gateway_service.docs.asyncapi import carried
from gateway_service.docs.asyncapi.failures import failures_of
from gateway_service.docs.asyncapi.part import Json, Part, ref
from gateway_service.docs.asyncapi.schemas import Schemas
from gateway_service.docs.asyncapi.scope import Scope

_REPLY_TO: Final[Json] = {
    "description": "NATS's own reply-to, which it carries beside the headers: the caller's inbox, `_INBOX_<caller>.…`, "
    "new for each request. A reply goes to the inboxes of those alone who may ask.",
    "location": "$message.header#/reply-to",
}


def requests(scope: Scope, schemas: Schemas, ways: dict[str, str]) -> Part:
    part = Part()
    for who, contract in scope.contracts():
        _tell(part, who, contract, schemas, ways.get(contract.subject))
    return part


def name_of(contract: Contract[Any, Any]) -> str:
    return contract.subject.removeprefix("api.v1.")


def _tell(part: Part, who: Participant, contract: Contract[Any, Any], schemas: Schemas, way: str | None) -> None:
    name = name_of(contract)
    replies = f"{name}.reply"
    part.add(name, {"address": contract.subject, "title": name}, (f"{name}.request", _request(contract, schemas)))
    part.add(
        replies,
        {"address": None, "title": f"What {name} is answered with", "description": "The inbox of whoever asked."},
        (f"{name}.answer", _answer(contract, schemas)),
        *failures_of(contract),
    )
    part.operations[name] = {
        "action": "receive",
        "title": name,
        "summary": schemas.about(contract.request) or f"{contract.request.__name__} to {contract.reply.__name__}.",
        "description": _description(contract, way),
        **part.on(name),
        "reply": {"address": _REPLY_TO, **part.on(replies)},
        "tags": [{"name": who.name}],
        "bindings": {"nats": {"queue": who.name}},
    } | _security(contract)


def _description(contract: Contract[Any, Any], way: str | None) -> str:
    kind = "Changes something" if isinstance(contract, Command) else "Changes nothing"
    again = "may be asked again where no answer came" if contract.retry_safe else "must not be asked again by itself"
    over_http = f" Over HTTP: `{way}`." if way else ""
    return f"For {contract.access.rule}. {kind}; {again}.{over_http}"


def _security(contract: Contract[Any, Any]) -> Json:
    schemes = [
        *(["identity"] if contract.access.needs_identity else []),
        *(["badge"] if contract.access.is_internal else []),
    ]
    return {"security": [ref("components", "securitySchemes", each) for each in schemes]} if schemes else {}


def _request(contract: Contract[Any, Any], schemas: Schemas) -> Json:
    kind = carried.COMMAND if isinstance(contract, Command) else carried.REQUEST
    headers = carried.BETWEEN if contract.access.is_internal else kind
    return {
        "title": contract.request.__name__,
        "headers": ref("components", "schemas", headers),
        "payload": schemas.of(contract.request),
        "examples": [{"payload": schemas.example(contract.request)}],
    }


def _answer(contract: Contract[Any, Any], schemas: Schemas) -> Json:
    told = {"success": {"const": True}, "status": {"const": contract.status}, "data": schemas.of(contract.reply)}
    example = {
        "success": True,
        "status": contract.status,
        "data": schemas.example(contract.reply),
        "trace": ["SUCCESS"],
    }
    return {
        "title": f"{contract.status} {contract.reply.__name__}",
        "summary": "It is done. Without headers.",
        "payload": {
            "type": "object",
            "properties": told | {"trace": ref("components", "schemas", "Trace")},
            "required": list(told),
        },
        "examples": [{"payload": example}],
    }
