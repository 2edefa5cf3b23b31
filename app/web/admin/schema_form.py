"""A form out of a connector's JSON Schema: its fields, and what somebody entered as the API takes it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import orjson
from starlette.datastructures import FormData

Kind = Literal["text", "secret", "choice", "yes", "number", "lines", "json"]


@dataclass(frozen=True, slots=True)
class SchemaField:
    """One property of a schema as a field of a form."""

    name: str
    kind: Kind
    title: str
    help: str
    required: bool
    default: Any
    choices: tuple[str, ...]
    link: str
    """The vendor's page where the value is had; empty if there is none."""
    scopes: str
    """For a choice of projects or channels: what of a scope is written into it (`key` or `external_id`)."""
    longest: int | None

    def read(self, form: FormData, prefix: str) -> Any:
        """What was entered, in the type that the schema asks for; None where nothing was."""
        if self.kind == "yes":
            return form.get(f"{prefix}.{self.name}") == "on"
        typed = form.get(f"{prefix}.{self.name}")
        typed = typed if isinstance(typed, str) else ""
        typed = typed if self.kind == "secret" else typed.strip()
        if self.kind == "lines":
            return [part.strip() for part in typed.replace(",", "\n").splitlines() if part.strip()]
        if not typed:
            return None
        if self.kind == "number":
            return int(typed) if typed.lstrip("-").isdecimal() else typed
        if self.kind == "json" and typed.startswith("{"):
            return _object(typed)
        return typed

    def shown(self, value: Any) -> str:
        """A stored value as the field shows it. A secret is never shown."""
        if self.kind == "secret" or value is None:
            return ""
        if self.kind == "lines":
            return "\n".join(str(part) for part in value)
        if isinstance(value, dict):
            return orjson.dumps(value).decode()
        return str(value)


@dataclass(frozen=True, slots=True)
class CredentialsKind:
    """One way to sign in at a vendor."""

    kind: str
    title: str
    fields: tuple[SchemaField, ...]


def config_fields(schema: Mapping[str, Any]) -> tuple[SchemaField, ...]:
    """The fields of a source's `config`."""
    return tuple(_fields(schema))


def credentials_kinds(schema: Mapping[str, Any]) -> tuple[CredentialsKind, ...]:
    """The ways to sign in; none for a connector that needs none."""
    variants = [_resolved(schema, one) for one in schema.get("oneOf", [schema])]
    kinds = (
        CredentialsKind(
            kind=one["properties"]["kind"]["const"],
            title=one["properties"]["kind"].get("description", one["title"]),
            fields=tuple(_fields(one)),
        )
        for one in variants
    )
    return tuple(one for one in kinds if one.fields)


def chosen_kind(kinds: tuple[CredentialsKind, ...], name: str) -> CredentialsKind | None:
    """The way to sign in with this name, else the usual one; None where none is needed."""
    return next((one for one in kinds if one.kind == name), kinds[0] if kinds else None)


def entered(fields: tuple[SchemaField, ...], form: FormData, prefix: str) -> dict[str, Any]:
    """What was entered into the fields; what was left empty is left out, and thus is as the connector has it."""
    values = ((one, one.read(form, prefix)) for one in fields)
    return {one.name: value for one, value in values if value is not None or (one.required and one.kind != "number")}


def sentences(schema: Mapping[str, Any]) -> Iterator[str]:
    """The titles and help texts of a schema, for the catalogues."""
    for one in config_fields(schema) if "oneOf" not in schema and "kind" not in schema["properties"] else ():
        yield from (one.title, one.help)
    if "oneOf" in schema or "kind" in schema["properties"]:
        for kind in credentials_kinds(schema):
            yield kind.title
            for one in kind.fields:
                yield from (one.title, one.help)


def _fields(schema: Mapping[str, Any]) -> Iterator[SchemaField]:
    required = schema.get("required", [])
    for name, given in schema.get("properties", {}).items():
        if name != "kind":
            yield _field(name, given, required=name in required)


def _field(name: str, given: Mapping[str, Any], *, required: bool) -> SchemaField:
    options = [one for one in given.get("anyOf", [given]) if one.get("type") != "null"]
    first = options[0]
    kinds = {one.get("type") for one in options}
    kind: Kind = "text"
    if given.get("writeOnly") or first.get("writeOnly"):
        kind = "secret"
    elif "object" in kinds:
        kind = "json"
    elif "enum" in first:
        kind = "choice"
    elif "boolean" in kinds:
        kind = "yes"
    elif "integer" in kinds:
        kind = "number"
    elif "array" in kinds:
        kind = "lines"
    return SchemaField(
        name=name,
        kind=kind,
        title=given.get("title", name),
        help=given.get("description", ""),
        required=required,
        default=given.get("default"),
        choices=tuple(first.get("enum", ())),
        link=given.get("x-link", ""),
        scopes=given.get("x-scopes", ""),
        longest=first.get("maxLength"),
    )


def _resolved(schema: Mapping[str, Any], one: Mapping[str, Any]) -> Mapping[str, Any]:
    name = str(one.get("$ref", "")).rpartition("/")[2]
    found: Mapping[str, Any] = schema["$defs"][name] if name else one
    return found


def _object(typed: str) -> Any:
    try:
        return orjson.loads(typed)
    except orjson.JSONDecodeError:
        # The connector's own check says what is wrong with the text.
        return typed
