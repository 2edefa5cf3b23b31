"""The push connector keeps what every connector keeps, as far as it can: it is sent to, and asks nobody."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, ClassVar

from connectors.kit.connector import Access, NoCredentials
from connectors.kit.hosts import HostPolicy
from connectors.kit.sandbox import Request, Response, serving
from connectors.kit.testing import Bench, Conformance
from connectors.push import CONNECTOR
from connectors.push.connector import PushConfig

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
NOBODY = "It asks nobody: there is no host to keep to, and no credentials that could be refused."
SENT = "It reads nothing. What is sent to it is held to the same in tests/app/ingest/test_push.py."


def clock() -> datetime:
    return NOW


class Nobody:
    """A vendor that is not to be asked."""

    def mounted(self, url: str) -> None:
        """It needs no address."""

    def spared(self, path: str) -> bool:
        return False

    def respond(self, request: Request) -> Response:
        raise AssertionError(f"A push source asked for {request.path}.")


def not_saved(credentials: Any) -> None:
    raise AssertionError("There are no credentials to change.")


class TestPush(Conformance):
    connector = CONNECTOR
    exemptions: ClassVar = {
        "test_it_goes_nowhere_but_to_its_declared_hosts": NOBODY,
        "test_refused_credentials_are_an_auth_error_without_the_secret": NOBODY,
        "test_every_fault_ends_in_success_or_in_an_error_that_helps": NOBODY,
        "test_records_are_what_the_stream_emits_and_valid": SENT,
        "test_no_key_comes_twice": SENT,
        "test_reading_twice_gives_the_same": SENT,
        "test_a_run_that_dies_after_any_page_is_made_whole_by_the_next": SENT,
        "test_a_finished_walk_reads_only_its_overlap_again": SENT,
        "test_abnormal_places_to_go_on_from_give_no_wrong_records": SENT,
        "test_the_census_names_what_the_walk_reads": SENT,
        "test_refetching_gives_the_same_records_and_leaves_unknown_ids_out": SENT,
    }

    @contextmanager
    def sandbox(self) -> Iterator[Bench]:
        config = PushConfig(tool="Spreadsheet")
        with serving(Nobody(), clock=clock) as server:
            yield Bench(
                Access(
                    config=config,
                    credentials=NoCredentials(),
                    hosts=HostPolicy(CONNECTOR.hosts(config)),
                    now=clock,
                    sleep=lambda seconds: None,
                    save_credentials=not_saved,
                ),
                server,
            )

    def wrong_credentials(self) -> NoCredentials:
        return NoCredentials()
