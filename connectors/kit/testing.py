"""The conformance suite: what every connector keeps, tried on its sandbox over real HTTP.

A connector's test module makes a subclass of `Conformance`, whose name begins with `Test`, and says how its
sandbox is reached. A test that a vendor makes impossible is listed in `exemptions`, with the reason.
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
from connectors.kit.cursor import Cursor, after_walk
from connectors.kit.errors import ConfigError, ConnectorError
from connectors.kit.hosts import HostPolicy
from connectors.kit.reading import Rows, key_of, read_all, records_of, scopes_of, walk
from connectors.kit.records import Instant, Record
from connectors.kit.redaction import secrets_of
from connectors.kit.sandbox import SandboxServer
from connectors.kit.sandbox_faults import Fault, FaultPlan
from connectors.kit.stream import Since, Stream

_SECRET_NAME = re.compile(r"token|secret|password|private_key|api_key")
_UNKNOWN_ID = "987654321987654321"
_FAULT_RATE = 0.15

Test = TypeVar("Test", bound=Callable[..., None])


def expect(condition: object, message: str) -> None:
    """Raises AssertionError with the message unless the condition holds."""
    if not condition:
        raise AssertionError(message)


def _exemptible(test: Test) -> Test:
    @wraps(test)
    def run(self: "Conformance", *args: Any) -> None:
        if test.__name__ not in self.exemptions:
            test(self, *args)

    return run  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class Bench:
    """A sandbox that is being served, and access to it. `access.sleep` should not sleep."""

    access: Access
    server: SandboxServer


class Conformance:
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
            expect(hasattr(Conformance, name), f"There is no conformance test {name}.")
            expect(len(reason) > 20, f"The exemption from {name} needs a reason.")

    @_exemptible
    def test_it_declares_itself(self) -> None:
        connector = self.connector
        expect(connector.kit_version == KIT_VERSION, "It is written for another version of the kit.")
        expect(re.fullmatch(r"[a-z][a-z0-9_]{0,31}", connector.kind), "Its kind is no plain name.")
        expect(connector.title and connector.tool, "It lacks a title or a tool.")
        expect(connector.docs_url.startswith("https://") or not connector.docs_url, "Its docs_url is no https address.")

    @_exemptible
    def test_every_stream_is_a_listing_a_walk_or_a_child(self) -> None:
        names = [stream.name for stream in self.connector.streams]
        expect(len(set(names)) == len(names), "Two streams share a name.")
        for stream in self.connector.streams:
            kinds = (stream.listing, stream.cursor_field is not None, stream.parent is not None)
            expect(sum(kinds) == 1, f"{stream.name} is not exactly one of listing, walk and child.")
            expect(issubclass(stream.emits, Record), f"{stream.name} emits no record.")
            if stream.parent is not None:
                expect(stream.parent in names, f"{stream.name} has an unknown parent.")
                expect(stream.expand is not None, f"{stream.name} does not say how its parent's page is expanded.")
            else:
                expect(stream.fetch is not None, f"{stream.name} cannot be fetched.")
            expect(stream.overlap >= timedelta(0), f"{stream.name} has a negative overlap.")

    @_exemptible
    def test_every_setting_is_described_and_every_secret_is_write_only(self) -> None:
        for model in (self.connector.Config, self.connector.Credentials):
            schema = TypeAdapter(model).json_schema()
            for owner, name, field in _properties(schema):
                place = f"{owner}.{name}"
                expect(field.get("title") and field.get("description"), f"{place} lacks a title or a description.")
                text = any(one.get("type") == "string" for one in (field, *field.get("anyOf", ())))
                if _SECRET_NAME.search(name) and text:
                    expect(field.get("writeOnly"), f"{place} looks like a secret and is not a SecretStr.")

    @_exemptible
    def test_it_goes_nowhere_but_to_its_declared_hosts(self) -> None:
        with self.sandbox() as bench:
            access = bench.access
            hosts = self.connector.hosts(access.config)
            expect(hosts, "It declares no host.")
            expect(all("/" not in host for host in hosts), "A host is declared as an address.")
            elsewhere = HostPolicy(["other.example.com"], ["127.0.0.0/8"])
            error = self._error_of(_with(access, hosts=elsewhere))
            expect(isinstance(error, ConfigError), f"A host outside of the policy gave {error!r}.")

    # -- what it reads ------------------------------------------------------------------------------------

    @_exemptible
    def test_the_check_finds_nothing_wrong_with_a_good_source(self) -> None:
        with self.sandbox() as bench:
            findings = self.connector.check(bench.access)
        wrong = [finding for finding in findings if finding.status == "error"]
        expect(findings and not wrong, f"The check found {wrong}.")

    @_exemptible
    def test_records_are_what_the_stream_emits_and_valid(self) -> None:
        with self.sandbox() as bench:
            rows = self._everything(bench.access)
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

    @_exemptible
    def test_no_key_comes_twice(self) -> None:
        with self._opened() as (_, api):
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

    @_exemptible
    def test_reading_twice_gives_the_same(self) -> None:
        with self.sandbox() as bench:
            once, twice = self._everything(bench.access), self._everything(bench.access)
        expect(once == twice, "Two readings of an unchanged site differ.")

    # -- where it goes on ---------------------------------------------------------------------------------

    @_exemptible
    def test_a_run_that_dies_after_any_page_is_made_whole_by_the_next(self) -> None:
        with self._opened() as (access, api):
            for stream in self._walks():
                for scope in scopes_of(self.connector, stream, api):
                    pages = list(walk(stream, api, scope, Cursor(), run_started=access.now()))
                    whole = self._rows_of(stream, api, [page for page, _ in pages])
                    for number, (_, committed) in enumerate(pages, start=1):
                        before = [page for page, _ in pages[:number]]
                        rest = walk(stream, api, scope, committed, run_started=access.now())
                        again = self._rows_of(stream, api, [*before, *(page for page, _ in rest)])
                        expect(again == whole, f"{stream.name}: dying after page {number} lost or changed records.")

    @_exemptible
    def test_a_finished_walk_reads_only_its_overlap_again(self) -> None:
        with self._opened() as (access, api):
            for stream in self._walks():
                for scope in scopes_of(self.connector, stream, api):
                    cursor = Cursor()
                    for _, committed in walk(stream, api, scope, cursor, run_started=access.now()):
                        cursor = committed
                    cursor = after_walk(cursor, run_started=access.now())
                    bound = None if cursor.at is None else cursor.at - stream.overlap
                    for page, _ in walk(stream, api, scope, cursor, run_started=access.now()):
                        high = page.high
                        expect(high is None or bound is None or high >= bound, f"{stream.name} ignores its cursor.")

    @_exemptible
    def test_abnormal_places_to_go_on_from_give_no_wrong_records(self) -> None:
        with self._opened() as (access, api):
            for stream in self._walks():
                for scope in scopes_of(self.connector, stream, api):
                    whole = self._rows_of(stream, api, list(_pages(stream, api, scope, Since())))
                    for since in (
                        Since(resume="not a key; DROP"),
                        Since(resume="-1"),
                        Since(at=datetime(1970, 1, 1, tzinfo=UTC)),
                        Since(at=access.now() + timedelta(days=3650)),
                    ):
                        try:
                            some = self._rows_of(stream, api, list(_pages(stream, api, scope, since)))
                        except ConnectorError:
                            continue
                        expect(some.items() <= whole.items(), f"{stream.name} gave wrong records for {since}.")
                        ahead = since.at is not None and since.at > access.now()
                        expect(ahead or some == whole, f"{stream.name} skipped records for {since}.")

    @_exemptible
    def test_the_census_names_what_the_walk_reads(self) -> None:
        with self._opened() as (_, api):
            for stream in self._walks():
                if stream.census is None:
                    continue
                for scope in scopes_of(self.connector, stream, api):
                    expect(scope is not None, f"{stream.name} has a census and no scopes.")
                    if scope is not None:
                        listed = [one for page in stream.census(api, scope) for one in page]
                        rows = self._rows_of(stream, api, list(_pages(stream, api, scope, Since())))
                        walked = {key[0] for name, key in rows if name == stream.name}
                        expect(len(set(listed)) == len(listed), f"The census of {stream.name} names an id twice.")
                        expect(set(listed) == walked, f"The census of {stream.name} differs from its walk.")

    @_exemptible
    def test_refetching_gives_the_same_records_and_leaves_unknown_ids_out(self) -> None:
        with self._opened() as (_, api):
            for stream in self._walks():
                if stream.refetch is None:
                    continue
                whole: dict[tuple[str, Any], Record] = {}
                for scope in scopes_of(self.connector, stream, api):
                    whole |= self._rows_of(stream, api, list(_pages(stream, api, scope, Since())))
                ids = [key[0] for name, key in whole if name == stream.name][:7]
                again = self._rows_of(stream, api, list(stream.refetch(api, [*ids[:3], _UNKNOWN_ID, *ids[3:]])))
                expect({key[0] for name, key in again if name == stream.name} == set(ids), "An id is missing.")
                expect(again.items() <= whole.items(), f"Refetching {stream.name} gave other records than walking.")

    # -- what it survives ---------------------------------------------------------------------------------

    @_exemptible
    def test_every_fault_ends_in_success_or_in_an_error_that_helps(self) -> None:
        with self.sandbox() as bench:
            truth = self._everything(bench.access)
            for number, fault in enumerate(Fault):
                bench.server.faults = FaultPlan(number, _FAULT_RATE, [fault], pause=0.01)
                try:
                    rows = self._everything(bench.access)
                except ConnectorError as error:
                    self._expect_helpful(error, bench.access)
                else:
                    self._expect_the_truth(rows, truth, fault)

    def _expect_the_truth(self, rows: Rows, truth: Rows, fault: Fault) -> None:
        for stream in self.connector.streams:
            some, whole = rows[stream.name], truth[stream.name]
            expect(some.keys() <= whole.keys(), f"{fault}: {stream.name} invented records.")
            if fault is not Fault.LATE_INDEX:  # an old index is not an error: the overlap heals it
                expect(some == whole, f"{fault}: {stream.name} is wrong, and no error was raised.")

    @_exemptible
    def test_refused_credentials_are_an_auth_error_without_the_secret(self) -> None:
        with self.sandbox() as bench:
            access = bench.access
            wrong = _with(access, credentials=self.wrong_credentials())
            error = self._error_of(wrong)
            expect(error is not None and error.kind == "auth", f"Wrong credentials gave {error!r}.")
            findings = self.connector.check(wrong)
        expect(findings[-1].status == "error", "The check accepts wrong credentials.")
        expect(findings[-1].remedy, "The check does not say what to do about wrong credentials.")
        for finding in findings:
            for secret in secrets_of(wrong.credentials):
                expect(secret not in finding.detail + finding.remedy, "A finding of the check holds a secret.")

    # -- helpers ------------------------------------------------------------------------------------------

    def _everything(self, access: Access) -> Rows:
        with self.connector.open(access) as api:
            return read_all(self.connector, api)

    @contextmanager
    def _opened(self) -> Iterator[tuple[Access, Any]]:
        with self.sandbox() as bench, self.connector.open(bench.access) as api:
            yield bench.access, api

    def _walks(self) -> list[Stream]:
        walks = [stream for stream in self.connector.streams if stream.cursor_field is not None]
        return [stream for stream in walks if stream.name not in self.silent]

    def _rows_of(self, stream: Stream, api: Any, pages: list[Any]) -> dict[tuple[str, Any], Record]:
        return {
            (name, key_of(record)): record
            for page in pages
            for name, record in records_of(self.connector, stream, api, page)
        }

    def _error_of(self, access: Access) -> ConnectorError | None:
        try:
            self._everything(access)
        except ConnectorError as error:
            self._expect_helpful(error, access)
            return error
        return None

    def _expect_helpful(self, error: ConnectorError, access: Access) -> None:
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


def _with(access: Access, **changes: Any) -> Access:
    values = {name: getattr(access, name) for name in Access.__slots__}
    return Access(**(values | changes))


def _pages(stream: Stream, api: Any, scope: Any, since: Since) -> Iterator[Any]:
    if stream.fetch is None:
        raise ValueError(f"The stream {stream.name} is not read by itself.")
    return stream.fetch(api, scope, since)


def _properties(schema: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """(model, field, schema) for every object in a JSON Schema."""
    for owner in (schema, *schema.get("$defs", {}).values()):
        for name, field in owner.get("properties", {}).items():
            yield owner.get("title", "Config"), name, field
