"""The first tier of the conformance suite: what a connector keeps from its first day on.

It says what it is, marks its secrets, declares its hosts, answers a check, and gives valid records with keys that
are unique. `connectors/kit/testing.py` has the rest.
"""

import re
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import wraps
from typing import Any, ClassVar, TypeVar

import msgspec
from pydantic import TypeAdapter

from connectors.kit.connector import KIT_VERSION, Access, Connector
from connectors.kit.errors import ConfigError, ConnectorError
from connectors.kit.hosts import HostPolicy
from connectors.kit.reading import Rows, key_of, read_all, records_of, scopes_of
from connectors.kit.records import Instant, Record
from connectors.kit.redaction import secrets_of
from connectors.kit.sandbox import SandboxServer
from connectors.kit.stream import Since

_SECRET_NAME = re.compile(r"token|secret|password|private_key|api_key")

Test = TypeVar("Test", bound=Callable[..., None])


def expect(condition: object, message: str) -> None:
    """Raises AssertionError with the message unless the condition holds."""
    if not condition:
        raise AssertionError(message)


def exemptible(test: Test) -> Test:
    """A test that a connector may be exempt from."""

    @wraps(test)
    def run(self: "FirstTier", *args: Any) -> None:
        if test.__name__ not in self.exemptions:
            test(self, *args)

    return run  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class Bench:
    """A sandbox that is being served, and access to it. `access.sleep` should not sleep."""

    access: Access
    server: SandboxServer


class FirstTier:
    """See the module. `sandbox` and `wrong_credentials` are the connector's own."""

    connector: ClassVar[Connector]
    exemptions: ClassVar[Mapping[str, str]] = {}
    """Test name -> why this vendor cannot pass it."""
    silent: ClassVar[Mapping[str, str]] = {}
    """Stream -> why this sandbox must give nothing for it."""

    @abstractmethod
    def sandbox(self) -> AbstractContextManager[Bench]:
        """A sandbox without faults, whose site holds still."""

    @abstractmethod
    def wrong_credentials(self) -> Any:
        """Credentials that the sandbox refuses."""

    # -- what it says of itself ---------------------------------------------------------------------------

    def test_exemptions_name_a_test_and_a_reason(self) -> None:
        for name, reason in self.exemptions.items():
            expect(hasattr(type(self), name), f"There is no conformance test {name}.")
            expect(len(reason) > 20, f"The exemption from {name} needs a reason.")

    @exemptible
    def test_it_declares_itself(self) -> None:
        connector = self.connector
        expect(connector.kit_version == KIT_VERSION, "It is written for another version of the kit.")
        expect(re.fullmatch(r"[a-z][a-z0-9_]{0,31}", connector.kind), "Its kind is no plain name.")
        expect(connector.title and connector.tool, "It lacks a title or a tool.")
        expect(connector.docs_url.startswith("https://") or not connector.docs_url, "Its docs_url is no https address.")

    @exemptible
    def test_every_stream_is_a_listing_a_walk_or_a_child(self) -> None:
        names = [stream.name for stream in self.connector.streams]
        expect(len(set(names)) == len(names), "Two streams share a name.")
        for stream in self.connector.streams:
            kinds = (stream.listing, stream.cursor_field is not None, stream.parent is not None)
            expect(sum(kinds) == 1, f"{stream.name} is not exactly one of listing, walk and child.")
            expect(issubclass(stream.emits, Record), f"{stream.name} emits no record.")
            if stream.parent is not None:
                expect(stream.parent in names, f"{stream.name} has an unknown parent.")
            else:
                expect(stream.fetch is not None, f"{stream.name} cannot be fetched.")
            expect(stream.overlap >= timedelta(0), f"{stream.name} has a negative overlap.")

    @exemptible
    def test_every_setting_is_described_and_every_secret_is_write_only(self) -> None:
        for model in (self.connector.Config, self.connector.Credentials):
            schema = TypeAdapter(model).json_schema()
            for owner, name, field in _properties(schema):
                place = f"{owner}.{name}"
                expect(field.get("title") and field.get("description"), f"{place} lacks a title or a description.")
                text = any(one.get("type") == "string" for one in (field, *field.get("anyOf", ())))
                if _SECRET_NAME.search(name) and text:
                    expect(field.get("writeOnly"), f"{place} looks like a secret and is not a SecretStr.")

    @exemptible
    def test_it_goes_nowhere_but_to_its_declared_hosts(self) -> None:
        with self.sandbox() as bench:
            access = bench.access
            hosts = self.connector.hosts(access.config)
            expect(hosts, "It declares no host.")
            expect(all("/" not in host for host in hosts), "A host is declared as an address.")
            elsewhere = HostPolicy(["other.example.com"], ["127.0.0.0/8"])
            error = self.error_of(with_changes(access, hosts=elsewhere))
            expect(isinstance(error, ConfigError), f"A host outside of the policy gave {error!r}.")

    # -- what it reads ------------------------------------------------------------------------------------

    @exemptible
    def test_the_check_finds_nothing_wrong_with_a_good_source(self) -> None:
        with self.sandbox() as bench:
            findings = self.connector.check(bench.access)
        wrong = [finding for finding in findings if finding.status == "error"]
        expect(findings and not wrong, f"The check found {wrong}.")

    @exemptible
    def test_records_are_what_the_stream_emits_and_valid(self) -> None:
        with self.sandbox() as bench:
            rows = self.everything(bench.access)
        for stream in self.connector.streams:
            told = stream.name not in self.silent
            given = len(rows[stream.name])
            expect(bool(given) == told, f"The sandbox gives {given} records for {stream.name}.")
            form = _form_of(stream.emits)
            for record in rows[stream.name].values():
                expect(type(record) is stream.emits, f"{stream.name} gave a {type(record).__name__}.")
                # Structs check nothing when they are made: the constraints of their fields hold only here.
                msgspec.convert(msgspec.to_builtins(record, builtin_types=(datetime, date)), form)
                for value in (getattr(record, name) for name in record.__struct_fields__):
                    aware = not isinstance(value, datetime) or value.tzinfo is UTC
                    expect(aware, f"{stream.name} gave an instant that is not in UTC.")

    @exemptible
    def test_no_key_comes_twice(self) -> None:
        with self.opened() as (_, api):
            for stream in self.connector.streams:
                if stream.fetch is None or stream.name in self.silent:
                    continue
                keys: set[tuple[str, Any]] = set()
                for scope in scopes_of(self.connector, stream, api):
                    for page in stream.fetch(api, scope, Since()):
                        for name, record in records_of(self.connector, stream, api, page):
                            place = (name, key_of(record))
                            expect(place not in keys, f"{name} gave a key twice.")
                            keys.add(place)

    # -- helpers ------------------------------------------------------------------------------------------

    def everything(self, access: Access) -> Rows:
        """All records of a first run. Raises a ConnectorError."""
        with self.connector.open(access) as api:
            return read_all(self.connector, api)

    @contextmanager
    def opened(self) -> Iterator[tuple[Access, Any]]:
        """Access to a sandbox, and the api that it opens."""
        with self.sandbox() as bench, self.connector.open(bench.access) as api:
            yield bench.access, api

    def error_of(self, access: Access) -> ConnectorError | None:
        """The error that reading everything ends in, if it does; it has to be helpful."""
        try:
            self.everything(access)
        except ConnectorError as error:
            self.expect_helpful(error, access)
            return error
        return None

    def expect_helpful(self, error: ConnectorError, access: Access) -> None:
        """Raises AssertionError unless an error says what is wrong and what to do, and holds no secret."""
        expect(error.message, "An error says nothing.")
        expect(error.remedy, f"An error does not say what to do: {error.message}")
        for secret in secrets_of(access.credentials):
            expect(secret not in error.message + error.remedy, "An error holds a secret.")
        expect("?" not in error.message, "An error holds a query.")


def _form_of(emits: type[Record]) -> type[msgspec.Struct]:
    """A record type to check against; msgspec takes no union of a day and an instant, so such a field passes."""
    fields = [
        (field.encode_name, Any if field.type == Instant | date | None else field.type)
        for field in msgspec.structs.fields(emits)
    ]
    return msgspec.defstruct(emits.__name__, fields, kw_only=True, forbid_unknown_fields=True)


def with_changes(access: Access, **changes: Any) -> Access:
    """The access with other values."""
    values = {name: getattr(access, name) for name in Access.__slots__}
    return Access(**(values | changes))


def _properties(schema: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """(model, field, schema) for every object in a JSON Schema."""
    for owner in (schema, *schema.get("$defs", {}).values()):
        for name, field in owner.get("properties", {}).items():
            yield owner.get("title", "Config"), name, field
