"""What services tell whoever listens now; answered and kept by nobody, so nothing stands on its arrival."""

from gateway_service.docs.asyncapi.part import Part
from gateway_service.docs.asyncapi.schemas import Schemas
from gateway_service.docs.asyncapi.scope import Scope

_DID = {"send": "tells", "receive": "hears"}


def notices(scope: Scope, schemas: Schemas) -> Part:
    part = Part()
    for who, notice, action in scope.notices():
        name = notice.subject
        payload = {"payload": schemas.of(notice.body), "examples": [{"payload": schemas.example(notice.body)}]}
        part.add(name, {"address": notice.subject, "title": name}, (name, {"title": notice.body.__name__, **payload}))
        part.operations[f"{who.name}.{_DID[action]}.{name}"] = {
            "action": action,
            "title": f"{who.name} {_DID[action]} {name}",
            "description": "Lost where nobody listens.",
            **part.on(name),
            "tags": [{"name": who.name}],
        }
    return part
