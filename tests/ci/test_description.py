"""The judge of requests refuses whatever a description does not allow."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

from connectors.kit.sandbox import Request, Response

DOCUMENT = {
    "security": [{"key": []}],
    "paths": {
        "/things/{thing}": {
            "parameters": [{"$ref": "#/components/parameters/thing"}],
            "get": {
                "parameters": [
                    {"in": "query", "name": "since", "required": True, "schema": {"type": "string", "format": "date"}},
                    {"in": "query", "name": "size", "schema": {"type": "integer", "minimum": 1, "maximum": 100}},
                    {"in": "query", "name": "kind", "schema": {"$ref": "#/components/schemas/Kind"}},
                    {"in": "query", "name": "code", "schema": {"type": "string", "pattern": "^[a-z]+$"}},
                    {
                        "in": "query",
                        "name": "fields",
                        "explode": False,
                        "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Kind"}},
                    },
                ],
                "responses": {200: {"$ref": "#/components/responses/Thing"}},
            },
        },
        "/search": {
            "post": {
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/x-www-form-urlencoded": {
                            "schema": {
                                "required": ["text"],
                                "properties": {
                                    "text": {"type": "string"},
                                    "page": {"type": "integer"},
                                    "wanted": {"type": "array", "items": {"type": "string"}},
                                },
                            }
                        },
                        "application/json": {"schema": {"type": "object", "additionalProperties": False}},
                    },
                },
                "responses": {"200": {}},
            }
        },
    },
    "components": {
        "parameters": {
            "thing": {"in": "path", "name": "thing", "required": True, "schema": {"type": "string", "pattern": "^x"}}
        },
        "schemas": {
            "Kind": {"type": "string", "enum": ["big", "small"]},
            "Owner": {"allOf": [{"type": "object"}, {"nullable": True}]},
        },
        "responses": {
            "Thing": {
                "content": {
                    "application/json": {
                        "schema": {"properties": {"owner": {"$ref": "#/components/schemas/Owner"}}, "type": "object"}
                    }
                }
            }
        },
    },
}
HEADERS = {"authorization": "Bearer fake-token"}
FORM = HEADERS | {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def judge() -> ModuleType:
    path = Path(__file__).parents[2] / ".ci" / "description.py"
    spec = importlib.util.spec_from_file_location("description", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def faults(judge: ModuleType, request: Request, answer: bytes | None = None) -> list[str]:
    description = judge.Description(DOCUMENT, base="/api", as_json=frozenset({"wanted"}))
    return list(description.faults(request, None if answer is None else Response(200, answer)))


def get(path: str = "/api/things/x1", headers: dict[str, str] = HEADERS, **query: str | list[str]) -> Request:
    given = {"since": "2026-01-31"} | query
    asked = {name: value if isinstance(value, list) else [value] for name, value in given.items() if value}
    return Request("GET", path, asked, headers, b"")


def test_a_good_request_has_no_faults(judge: ModuleType) -> None:
    request = get(size="100", kind="big", code="abc", fields="big,small")
    assert faults(judge, request, b'{"owner": null}') == []


@pytest.mark.parametrize(
    ("request_", "fault"),
    [
        (get(color="red"), "the query parameter color is not declared"),
        (get(since=""), "the query parameter since is required"),
        (get(since="31.01.2026"), "query parameter since: $: '31.01.2026' is not a 'date'"),
        (get(size="101"), "query parameter size: $: 101 is greater than the maximum of 100"),
        (get(size="ten"), "query parameter size: $: 'ten' is not of type 'integer'"),
        (get(size=["1", "2"]), "the query parameter size comes 2 times"),
        (get(kind="huge"), "query parameter kind: $: 'huge' is not one of ['big', 'small']"),
        (get(code="ABC"), "query parameter code: $: 'ABC' does not match '^[a-z]+$'"),
        (get(fields="big,huge"), "query parameter fields: $[*]: 'huge' is not one of ['big', 'small']"),
        (get(fields=["big", "small"]), "the query parameter fields comes 2 times"),
        (get("/api/things/y1"), "path parameter thing: $: 'y1' does not match '^x'"),
        (get("/api/others"), "there is no such path"),
        (get("/things/x1"), "there is no such path"),
        (Request("POST", "/api/things/x1", {}, HEADERS, b""), "there is no such method"),
        (get(headers={}), "nothing proves who asks"),
        (
            Request("GET", "/api/things/x1", {"since": ["2026-01-31"]}, FORM, b"a=1"),
            "a body is sent and none is declared",
        ),
    ],
)
def test_a_bad_request_is_told_in_one_sentence(judge: ModuleType, request_: Request, fault: str) -> None:
    (told,) = faults(judge, request_)
    assert told.endswith(fault)


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"text=a&page=2&wanted=%5B%22b%22%5D", None),
        (b"text=a&color=red", "the form field color is not declared"),
        (b"page=2", "form: $: 'text' is a required property"),
        (b"text=a&page=two", "form: $.page: 'two' is not of type 'integer'"),
        (b"text=a&text=b", "the form field text comes 2 times"),
        (b"text=a&wanted=%5B1%5D", "form: $.wanted[*]: 1 is not of type 'string'"),
        (b"", "a body is required"),
    ],
)
def test_a_form_is_held_to_its_schema(judge: ModuleType, body: bytes, fault: str | None) -> None:
    told = faults(judge, Request("POST", "/api/search", {}, FORM, body))
    assert [one.endswith(str(fault)) for one in told] == ([] if fault is None else [True])


def test_a_json_body_is_held_to_its_schema_and_to_the_declared_types(judge: ModuleType) -> None:
    body = json.dumps({"color": "red"}).encode()
    (told,) = faults(judge, Request("POST", "/api/search", {}, HEADERS | {"content-type": "application/json"}, body))
    assert "'color' was unexpected" in told
    (told,) = faults(judge, Request("POST", "/api/search", {}, HEADERS | {"content-type": "text/plain"}, body))
    assert told.endswith("the content type of the body is not declared")


def test_an_answer_is_held_to_its_schema(judge: ModuleType) -> None:
    (told,) = faults(judge, get(), b'{"owner": "somebody"}')
    assert "the sandbox's answer: $.owner: 'somebody'" in told
