"""The conformance suite: what every connector keeps, tried on its sandbox over real HTTP.

The whole of it; `first_tier.py` has the part that a new connector begins with. A connector's test module makes a
subclass of `Conformance`, whose name begins with `Test`, and says how its sandbox is reached. A test that a vendor
makes impossible is listed in `exemptions`, with the reason.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.kit.cursor import Cursor, after_walk
from connectors.kit.errors import ConnectorError
from connectors.kit.first_tier import Bench, FirstTier, exemptible, expect, with_changes
from connectors.kit.reading import Rows, key_of, records_of, scopes_of, walk
from connectors.kit.records import Record
from connectors.kit.redaction import secrets_of
from connectors.kit.sandbox_faults import Fault, FaultPlan
from connectors.kit.stream import Since, Stream

__all__ = ["Bench", "Conformance", "FirstTier"]

_UNKNOWN_ID = "987654321987654321"
_FAULT_RATE = 0.15


class Conformance(FirstTier):
    """See the module."""

    @exemptible
    def test_reading_twice_gives_the_same(self) -> None:
        with self.sandbox() as bench:
            once, twice = self.everything(bench.access), self.everything(bench.access)
        expect(once == twice, "Two readings of an unchanged site differ.")

    # -- where it goes on ---------------------------------------------------------------------------------

    @exemptible
    def test_a_run_that_dies_after_any_page_is_made_whole_by_the_next(self) -> None:
        with self.opened() as (access, api):
            for stream in self._walks():
                for scope in scopes_of(self.connector, stream, api):
                    pages = list(walk(stream, api, scope, Cursor(), run_started=access.now()))
                    whole = self._rows_of(stream, api, [page for page, _ in pages])
                    for number, (_, committed) in enumerate(pages, start=1):
                        before = [page for page, _ in pages[:number]]
                        rest = walk(stream, api, scope, committed, run_started=access.now())
                        again = self._rows_of(stream, api, [*before, *(page for page, _ in rest)])
                        expect(again == whole, f"{stream.name}: dying after page {number} lost or changed records.")

    @exemptible
    def test_a_finished_walk_reads_only_its_overlap_again(self) -> None:
        with self.opened() as (access, api):
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

    @exemptible
    def test_abnormal_places_to_go_on_from_give_no_wrong_records(self) -> None:
        with self.opened() as (access, api):
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

    @exemptible
    def test_the_census_names_what_the_walk_reads(self) -> None:
        with self.opened() as (_, api):
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

    @exemptible
    def test_refetching_gives_the_same_records_and_leaves_unknown_ids_out(self) -> None:
        with self.opened() as (_, api):
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

    @exemptible
    def test_every_fault_ends_in_success_or_in_an_error_that_helps(self) -> None:
        with self.sandbox() as bench:
            truth = self.everything(bench.access)
            for number, fault in enumerate(Fault):
                bench.server.faults = FaultPlan(number, _FAULT_RATE, [fault], pause=0.01)
                try:
                    rows = self.everything(bench.access)
                except ConnectorError as error:
                    self.expect_helpful(error, bench.access)
                else:
                    self._expect_the_truth(rows, truth, fault)

    def _expect_the_truth(self, rows: Rows, truth: Rows, fault: Fault) -> None:
        for stream in self.connector.streams:
            some, whole = rows[stream.name], truth[stream.name]
            expect(some.keys() <= whole.keys(), f"{fault}: {stream.name} invented records.")
            if fault is not Fault.LATE_INDEX:  # an old index is not an error: the overlap heals it
                expect(some == whole, f"{fault}: {stream.name} is wrong, and no error was raised.")

    @exemptible
    def test_refused_credentials_are_an_auth_error_without_the_secret(self) -> None:
        with self.sandbox() as bench:
            access = bench.access
            wrong = with_changes(access, credentials=self.wrong_credentials())
            error = self.error_of(wrong)
            expect(error is not None and error.kind == "auth", f"Wrong credentials gave {error!r}.")
            findings = self.connector.check(wrong)
        expect(findings[-1].status == "error", "The check accepts wrong credentials.")
        expect(findings[-1].remedy, "The check does not say what to do about wrong credentials.")
        for finding in findings:
            for secret in secrets_of(wrong.credentials):
                expect(secret not in finding.detail + finding.remedy, "A finding of the check holds a secret.")

    # -- helpers ------------------------------------------------------------------------------------------

    def _walks(self) -> list[Stream]:
        walks = [stream for stream in self.connector.streams if stream.cursor_field is not None]
        return [stream for stream in walks if stream.name not in self.silent]

    def _rows_of(self, stream: Stream, api: Any, pages: list[Any]) -> dict[tuple[str, Any], Record]:
        return {
            (name, key_of(record)): record
            for page in pages
            for name, record in records_of(self.connector, stream, api, page)
        }


def _pages(stream: Stream, api: Any, scope: Any, since: Since) -> Iterator[Any]:
    if stream.fetch is None:
        raise ValueError(f"The stream {stream.name} is not read by itself.")
    return stream.fetch(api, scope, since)
