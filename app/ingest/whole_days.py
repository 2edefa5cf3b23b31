"""Usage days that a stream reads whole: what is stored of such a day and came no more is removed.

A vendor that merges two accounts, or forgets one, tells so only by no longer naming it.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from app.core.types import without_nul
from app.ingest.objects import Batch
from app.ingest.session import Change, Session
from app.store import usage
from connectors.kit.records import UsageDay
from connectors.kit.stream import Page, Stream


class WholeDays:
    """Remembers what the pages of a day held, until the last of them."""

    def __init__(self, session: Session, stream: Stream) -> None:
        self._source_id = session.source.id
        self._report = session.reports[stream.name]
        self._came: set[tuple[str, str]] = set()

    def take(self, page: Page, batches: Sequence[Batch]) -> Change | None:
        """What has to be done in the page's transaction besides writing its records."""
        records = [record for batch in batches for record in batch.records if isinstance(record, UsageDay)]
        self._came.update((without_nul(record.account), without_nul(record.event)) for record in records)
        day, came = page.whole_day, self._came
        if day is None:
            return None
        self._came = set()
        if not came:
            # An empty answer is no proof: the vendor may have failed without saying so.
            return None

        def remove(connection: Connection) -> int:
            removed = usage.keep_of_day(connection, self._source_id, day, came)
            self._report.deleted += removed
            return removed

        return remove
