"""An official API description as a judge of what is asked and answered."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

import jsonschema
import yaml

from connectors.kit.sandbox import Request, Response

Json = dict[str, Any]

_FORM = "application/x-www-form-urlencoded"
_FORMATS = jsonschema.FormatChecker(["date", "ipv4", "ipv6", "email"])


@_FORMATS.checks("date-time", ValueError)
def _has_an_offset(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


class Description:
    """An OpenAPI document as a judge of requests and answers.

    `base` is the path that the description's own paths begin behind; `same` names paths that are asked under another
    name than the document's, after `base`. `as_json` names form fields that take a list as JSON text, which OpenAPI
    cannot say.
    """

    def __init__(
        self,
        document: Json,
        same: Mapping[str, str] | None = None,
        *,
        base: str = "",
        as_json: frozenset[str] = frozenset(),
    ) -> None:
        self._document = document
        self._same = dict(same or {})
        self._base = base
        self._as_json = as_json
        self._components = {"components": _as_json_schema(document["components"])}
        self._validators: dict[str, Any] = {}
        self._paths = [
            (re.compile(re.sub(r"\\\{[^/]+?\\\}", "([^/]+)", re.escape(path))), path.count("{"), path, operations)
            for path, operations in document["paths"].items()
        ]
        self._paths.sort(key=lambda entry: entry[1])

    def faults(self, request: Request, response: Response | None) -> Iterator[str]:
        """What is wrong with an exchange, a sentence each; with the request alone, where there is no answer."""
        found = self._found(request.path)
        if found is None:
            yield f"{request.method} {request.path}: there is no such path"
            return
        name, segments, operations = found
        operation = operations.get(request.method.lower())
        if operation is None:
            yield f"{request.method} {name}: there is no such method"
            return
        place = f"{request.method} {name}"
        declared: dict[tuple[str, str], Json] = {}
        for one in (*operations.get("parameters", []), *operation.get("parameters", [])):
            parameter = self._resolved(one)
            declared[parameter["in"], parameter["name"]] = parameter
        asked = {("path", key): [value] for key, value in segments.items()}
        asked |= {("query", key): values for key, values in request.query.items()}
        sent = [key for kind, key in declared if kind == "header" and key.lower() in request.headers]
        asked |= {("header", key): [request.headers[key.lower()]] for key in sent}
        yield from self._parameter_faults(place, declared, asked)
        yield from self._body_faults(place, operation, request)
        if self._wants_proof(operation) and "authorization" not in request.headers:
            yield f"{place}: nothing proves who asks"
        if response is not None and response.status == 200:
            yield from self._answer_faults(place, operation, response)

    def _found(self, path: str) -> tuple[str, dict[str, str], Json] | None:
        if not path.startswith(self._base):
            return None
        path = path.removeprefix(self._base)
        path = self._same.get(path, path)
        for pattern, _, name, operations in self._paths:
            if match := pattern.fullmatch(path):
                names = re.findall(r"\{([^/]+?)\}", name)
                return name, dict(zip(names, map(unquote, match.groups()), strict=True)), operations
        return None

    def _wants_proof(self, operation: Json) -> bool:
        ways = operation.get("security", self._document.get("security", []))
        return bool(ways) and {} not in ways

    def _parameter_faults(
        self, place: str, declared: Mapping[tuple[str, str], Json], asked: Mapping[tuple[str, str], list[str]]
    ) -> Iterator[str]:
        for key, texts in asked.items():
            kind, name = key
            if key not in declared:
                yield f"{place}: the {kind} parameter {name} is not declared"
                continue
            one = declared[key]
            schema = self._resolved(one.get("schema", {}))
            value, one_by_one = self._value(schema, texts, explode=one.get("explode", True))
            if not one_by_one:
                yield f"{place}: the {kind} parameter {name} comes {len(texts)} times"
            for error in self._errors(schema, value):
                yield f"{place}, {kind} parameter {name}: {error}"
        for (kind, name), one in declared.items():
            if one.get("required") and (kind, name) not in asked:
                yield f"{place}: the {kind} parameter {name} is required"

    def _value(self, schema: Json, texts: list[str], *, explode: bool) -> tuple[Any, bool]:
        """The value that texts stand for, and whether it came as often as it may."""
        if schema.get("type") != "array":
            return _typed(schema, texts[0]), len(texts) == 1
        once = explode or len(texts) == 1
        parts = texts if explode else texts[0].split(",")
        items = self._resolved(schema.get("items", {}))
        return [_typed(items, part) for part in parts], once

    def _body_faults(self, place: str, operation: Json, request: Request) -> Iterator[str]:
        declared = self._resolved(operation.get("requestBody", {}))
        content = declared.get("content", {})
        if not request.body:
            if declared.get("required"):
                yield f"{place}: a body is required"
            return
        if not content:
            yield f"{place}: a body is sent and none is declared"
            return
        kind = request.headers.get("content-type", "").partition(";")[0]
        if kind not in content:
            yield f"{place}: the content type of the body is not declared"
            return
        schema = content[kind].get("schema", {})
        if kind == _FORM:
            yield from self._form_faults(place, self._resolved(schema), request.body.decode())
            return
        for error in self._errors(schema, json.loads(request.body)):
            yield f"{place}, body: {error}"

    def _form_faults(self, place: str, schema: Json, body: str) -> Iterator[str]:
        properties = schema.get("properties", {})
        form: Json = {}
        for name, texts in parse_qs(body, keep_blank_values=True, strict_parsing=True).items():
            if name not in properties:
                yield f"{place}: the form field {name} is not declared"
                continue
            one = self._resolved(properties[name])
            if name in self._as_json:
                form[name], once = json.loads(texts[0]), len(texts) == 1
            else:
                form[name], once = self._value(one, texts, explode=True)
            if not once:
                yield f"{place}: the form field {name} comes {len(texts)} times"
        for error in self._errors(schema, form):
            yield f"{place}, form: {error}"

    def _answer_faults(self, place: str, operation: Json, response: Response) -> Iterator[str]:
        # YAML reads the keys of answers as numbers.
        answers = {str(status): answer for status, answer in operation["responses"].items()}
        answer = self._resolved(answers["200"]).get("content", {}).get("application/json")
        if answer is not None:
            for error in self._errors(answer.get("schema", {}), json.loads(response.body)):
                yield f"{place}, the sandbox's answer: {error}"

    def _resolved(self, part: Json) -> Json:
        """What a part of the document stands for."""
        while "$ref" in part:
            place = part["$ref"]
            if not place.startswith("#/"):
                raise ValueError(f"The description refers to another document, {place}: hand both over as one.")
            part = self._document
            for step in place.removeprefix("#/").split("/"):
                part = part[step.replace("~1", "/").replace("~0", "~")]
        return part

    def _errors(self, schema: Json, value: Any) -> Iterator[str]:
        key = json.dumps(schema, default=str)
        if key not in self._validators:
            whole = {**_as_json_schema(schema), **self._components}
            self._validators[key] = jsonschema.Draft202012Validator(whole, format_checker=_FORMATS)
        for error in self._validators[key].iter_errors(value):
            # A row of a list is as wrong as its neighbours: one sentence for all of them.
            path = re.sub(r"\[[0-9]+\]", "[*]", error.json_path)
            yield f"{path}: {error.message[:200]}"


def read_document(path: Path) -> Json:
    """An OpenAPI document from a JSON or YAML file."""
    text = path.read_text("utf-8")
    # The loader in C reads a file of 3 MB in half a second; it knows plain values only, as the safe one.
    document: Json = json.loads(text) if path.suffix == ".json" else yaml.load(text, Loader=yaml.CSafeLoader)
    return document


def _as_json_schema(schema: Any) -> Any:
    """OpenAPI 3.0 writes `nullable`, which JSON Schema does not know: on a part of an `allOf` too, for all of it."""
    if isinstance(schema, list):
        return [_as_json_schema(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {name: _as_json_schema(value) for name, value in schema.items() if name not in ("nullable", "example")}
    parts = schema.get("allOf")
    marked = [schema, *(part for part in parts if isinstance(part, dict))] if isinstance(parts, list) else [schema]
    nullable = any(part.get("nullable") is True for part in marked)
    return {"anyOf": [plain, {"type": "null"}]} if nullable else plain


def _typed(schema: Mapping[str, Any], text: str) -> Any:
    match schema.get("type"):
        case "integer" if re.fullmatch(r"-?\d+", text):
            return int(text)
        case "number" if re.fullmatch(r"-?\d+(\.\d+)?", text):
            return float(text)
        case "boolean" if text in ("true", "false"):
            return text == "true"
        case _:
            return text
