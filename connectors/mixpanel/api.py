"""One Mixpanel project during one run: its days, its profiles, the names of its events."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import msgspec

from connectors.kit.budget import RateBudget
from connectors.kit.connector import Access
from connectors.kit.errors import ConfigError, ConnectorError, NotOffered, RateLimited, Transient
from connectors.kit.http import HttpClient
from connectors.kit.stream import Page, Since
from connectors.mixpanel import raw
from connectors.mixpanel.config import MixpanelConfig
from connectors.mixpanel.fold import DayFold
from connectors.mixpanel.lines import fold_lines

_FOUNDED = date(2009, 1, 1)
"""No project has older days."""

_SEARCH_FROM = timedelta(days=60)
"""From how many days on the first day with events is searched for, in place of exporting empty days one by one."""

_ROWS = 5_000
"""Usage days in a page."""

_FARTHEST_BEHIND = timedelta(hours=12)
"""No zone is farther behind UTC."""

_HOURLY_PAUSE = timedelta(minutes=15)
"""A 429 tells no time to come back at; the quota is one of an hour, of which some has passed."""

_ASKED_FOR = ("$email", "$name", "$first_name", "$last_name", "$created", "$last_seen", "$user_id")


class Project:
    """A project. Usable from several threads.

    `export` reads events, `query` the rest; each has the quota of an hour as its budget. `pace` is the quota of a
    second.
    """

    context = None

    def __init__(self, access: Access, export: HttpClient, query: HttpClient, pace: RateBudget) -> None:
        self.config: MixpanelConfig = access.config
        self._now = access.now
        self._sleep = access.sleep
        self._export = export
        self._query = query
        self._zone = ZoneInfo(self.config.project_timezone)
        self._pace = pace

    # -- events -------------------------------------------------------------------------------------------

    def usage(self, since: Since) -> Iterator[Page]:
        """The usage days from the day of `since` to today, oldest first; each day whole, for it replaces."""
        today = self.today
        first = _FOUNDED if since.at is None else max(since.at.astimezone(self._zone).date(), _FOUNDED)
        if today - first > _SEARCH_FROM:
            first = self._first_day(first, today)
        day = first
        while day <= today:
            try:
                fold = self.day(day)
            except ConnectorError as error:
                if error.status == 400 and day > first and self._may_not_have_begun(day):
                    return
                raise
            yield from self._pages(day, fold)
            day += timedelta(days=1)

    @property
    def today(self) -> date:
        """The project's latest day, but none that has not begun in UTC: the store takes no day of the future."""
        now = self._now()
        return min(now.astimezone(self._zone).date(), now.astimezone(UTC).date())

    def day(self, day: date) -> DayFold:
        """A day's events, counted."""
        return self._counted(day, day)

    def probe(self, day: date) -> None:
        """Asks for one event of a day. Raises what stands in the way of an export."""
        self._counted(day, day, limit=1)

    def _first_day(self, first: date, last: date) -> date:
        """The first day with events, or `last`: some 13 requests for all days that there can be."""
        while first < last:
            middle = first + (last - first) // 2
            if self._counted(first, middle, limit=1).received:
                last = middle
            else:
                first = middle + timedelta(days=1)
        return last

    def _counted(self, first: date, last: date, limit: int | None = None) -> DayFold:
        config = self.config
        params: dict[str, str | int | bool] = {
            "project_id": config.project_id,
            "from_date": first.isoformat(),
            "to_date": last.isoformat(),
        }
        if config.events:
            params["event"] = msgspec.json.encode(config.events).decode()
        if limit is not None:
            params["limit"] = limit

        def read(pieces: Iterator[bytes]) -> DayFold:
            fold = DayFold(first, server_side=not config.exclude_server_side)
            fold_lines(self._watched(pieces), fold)
            return fold

        pause = self._pace.take()
        if pause > 0:
            self._sleep(pause)
        try:
            return self._export.get_pieces("/api/2.0/export", params, read=read)
        except ConnectorError as error:
            if error.status == 402:
                raise NotOffered(
                    "The project's plan does not include the export of events.",
                    "Choose a plan with raw data export; without it no usage can be read.",
                ) from error
            raise self._explained(error) from error.__cause__

    def _watched(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """The pieces; a run that was cancelled ends between two of them, for a day may take long."""
        for piece in pieces:
            self._sleep(0)
            yield piece

    def _pages(self, day: date, fold: DayFold) -> Iterator[Page]:
        rows = fold.rows()
        page = list(islice(rows, _ROWS))
        while following := list(islice(rows, _ROWS)):
            yield Page(page)
            page = following
        end = datetime.combine(day + timedelta(days=1), time(), self._zone)
        # Only the day's last page moves the cursor: a day of which a part is stored is read again.
        yield Page(page, high=end.astimezone(UTC), whole_day=day)

    def _may_not_have_begun(self, day: date) -> bool:
        """Whether it may be an earlier day in the project's zone: Mixpanel refuses to export tomorrow."""
        return day > (self._now().astimezone(UTC) - _FARTHEST_BEHIND).date()

    # -- the rest -----------------------------------------------------------------------------------------

    def profiles(self) -> Iterator[Page]:
        """Every user profile, once each."""
        seen: set[str | None] = set()
        form = {"output_properties": msgspec.json.encode(_ASKED_FOR).decode()}
        number = 0
        while True:
            answer = self._profile_page(form, number)
            fresh = [one for one in answer.results if one.account is None or one.account not in seen]
            if answer.page != number or (answer.results and not fresh):
                raise Transient("Mixpanel repeats a page of profiles.", "The next run reads them again.")
            seen.update(one.account for one in fresh)
            yield Page(list({one.account or id(one): one for one in fresh}.values()))
            if len(answer.results) < max(answer.page_size, 1):
                return
            if not answer.session_id:
                raise Transient("Mixpanel does not say where its profiles go on.", "The next run reads them again.")
            number += 1
            form |= {"session_id": answer.session_id, "page": str(number)}

    def _profile_page(self, form: dict[str, str], number: int) -> raw.ProfilePage:
        project: dict[str, str | int | bool] = {"project_id": self.config.project_id}
        try:
            return self._query.post_form("/api/query/engage", form, project, type=raw.ProfilePage)
        except ConnectorError as error:
            if error.status == 400 and number:
                message = "Mixpanel forgot where we were in its profiles."
                raise Transient(message, "The next run reads them again.") from error
            raise self._explained(error) from error.__cause__

    def event_names(self) -> list[str]:
        """The most common events of the last 31 days, up to 255."""
        params: dict[str, str | int | bool] = {"project_id": self.config.project_id, "type": "general", "limit": 255}
        try:
            return self._query.get_json("/api/query/events/names", params, type=list[str])
        except ConnectorError as error:
            raise self._explained(error) from error.__cause__

    def _explained(self, error: ConnectorError) -> ConnectorError:
        """The error in Mixpanel's terms: a 400 is for an admin to correct, and a 429 is about a whole hour."""
        explained: ConnectorError
        if error.status == 400:
            explained = ConfigError(
                "Mixpanel refuses the request for this project.",
                "Check the project id, the region and the zone of the project's days.",
            )
        elif error.status == 429:
            at_least = self._now() + _HOURLY_PAUSE
            asked = error.retry_at if isinstance(error, RateLimited) else None
            explained = RateLimited(
                "Mixpanel's 60 queries of this hour are used up.",
                "It goes on by itself then, where it stopped.",
                max(asked or at_least, at_least),
            )
        else:
            return error
        explained.status = error.status
        return explained
