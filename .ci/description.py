"""An official API description as a judge of what is asked and answered."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

import jsonschema

from connectors.kit.sandbox import Request, Response

Json = dict[str, Any]


class Description:
    """An OpenAPI document as a judge of requests and answers.

    `same` names paths that are asked under another name than the document's.
    """

    def __init__(self, document: Json, same: Mapping[str, str] | None = None) -> None:
        self._same = dict(same or {})
        self._components = {"components": _as_json_schema(document["components"])}
        self._paths = [
            (re.compile(re.sub(r"\\\{[^/]+?\\\}", "[^/]+", re.escape(path))), path.count("{"), path, operations)
            for path, operations in document["paths"].items()
        ]
        self._paths.sort(key=lambda entry: entry[1])

    def faults(self, request: Request, response: Response | None) -> Iterator[str]:
        """What is wrong with an exchange, a sentence each; with the request alone, where there is no answer."""
        path = self._same.get(request.path, request.path)
        found = next(((name, ops) for pattern, _, name, ops in self._paths if pattern.fullmatch(path)), None)
        if found is None:
            yield f"{request.method} {path}: there is no such path"
            return
        name, operations = found
        operation = operations.get(request.method.lower())
        if operation is None:
            yield f"{request.method} {name}: there is no such method"
            return
        place = f"{request.method} {name}"
        declared = [*operations.get("parameters", []), *operation.get("parameters", [])]
        yield from self._query_faults(place, {one["name"]: one for one in declared if one["in"] == "query"}, request)
        yield from self._body_faults(place, operation, request)
        if response is not None and response.status == 200:
            schema = operation["responses"]["200"].get("content", {}).get("application/json", {}).get("schema", {})
            for error in self._errors(schema, json.loads(response.body)):
                yield f"{place}, the sandbox's answer: {error}"

    def _query_faults(self, place: str, declared: Mapping[str, Json], request: Request) -> Iterator[str]:
        for name, values in request.query.items():
            if name not in declared:
                yield f"{place}: the query parameter {name} is not declared"
                continue
            schema = declared[name]["schema"]
            value: Any = [_typed(schema.get("items", {}), one) for one in values]
            if schema.get("type") != "array":
                if len(values) > 1:
                    yield f"{place}: the query parameter {name} comes {len(values)} times"
                value = _typed(schema, values[0])
            for error in self._errors(schema, value):
                yield f"{place}, query parameter {name}: {error}"
        for name, one in declared.items():
            if one.get("required") and name not in request.query:
                yield f"{place}: the query parameter {name} is required"

    def _body_faults(self, place: str, operation: Json, request: Request) -> Iterator[str]:
        content = operation.get("requestBody", {}).get("content", {})
        if not content:
            if request.body:
                yield f"{place}: a body is sent and none is declared"
            return
        if request.headers.get("content-type", "").partition(";")[0] not in content:
            yield f"{place}: the content type of the body is not declared"
            return
        for error in self._errors(content["application/json"]["schema"], json.loads(request.body)):
            yield f"{place}, body: {error}"

    def _errors(self, schema: Json, value: Any) -> Iterator[str]:
        validator = jsonschema.Draft202012Validator({**_as_json_schema(schema), **self._components})
        for error in validator.iter_errors(value):
            yield f"{error.json_path}: {error.message[:200]}"


def _as_json_schema(schema: Any) -> Any:
    """OpenAPI 3.0 writes `nullable`, which JSON Schema does not know."""
    if isinstance(schema, list):
        return [_as_json_schema(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {name: _as_json_schema(value) for name, value in schema.items() if name not in ("nullable", "example")}
    return {"anyOf": [plain, {"type": "null"}]} if schema.get("nullable") is True else plain


def _typed(schema: Mapping[str, Any], text: str) -> Any:
    match schema.get("type"):
        case "integer" if re.fullmatch(r"-?\d+", text):
            return int(text)
        case "number" if re.fullmatch(r"-?\d+(\.\d+)?", text):
            return float(text)
        case "boolean" if text in ("true", "false"):
            return text == "true"
        case _:
            return unquote(text)
