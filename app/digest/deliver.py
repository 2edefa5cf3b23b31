"""Posting digests: each period of each digest once, whatever is killed between the steps.

A period is claimed in the ledger, posted, and written down as sent. Whoever takes a claim over from a sender that
fell silent looks the message up in the channel by its metadata before it posts; and each message carries a client id
made of the digest and the period, by which Slack can drop a second one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import structlog
from sqlalchemy import Connection

from app.core.db import Database
from app.core.errors import InvalidError
from app.core.language import Language
from app.core.settings import Settings
from app.digest import due
from app.digest.compose import Composer, Message
from app.digest.content import Content, Names, details, gather
from app.digest.due import Due
from app.digest.headline import Headline
from app.digest.picture import Picture, picture
from app.digest.workspace import Tools, open_workspace
from app.facts.read import FactsReader
from app.store import digests, runs, settings, sources, teams
from app.store.digests import Claim
from app.store.sources import Source
from connectors.kit.errors import ConfigError, ConnectorError, RateLimited, Transient
from connectors.slack.posting import Poster

log = structlog.get_logger(__name__)

EVENT = "prodops_digest"
PLACEHOLDER = "F0000000000"
"""Stands in a preview where a sent message has the id that Slack gave the chart."""

_MARGIN = timedelta(minutes=5)
_PATIENCE = timedelta(minutes=4)
"""A message is not posted later than this after its claim, which others take over only some minutes later."""
_MOST_ATTEMPTS = 8
_LONGEST_PAUSE = timedelta(hours=1)
_SHOWN_AFTER = 6
"""How often a message is offered while Slack still works on its image."""
_WORKING_ON_IT = 2.0

Plain = dict[str, Any]
_QUIET: Plain = {"unfurl_links": False, "unfurl_media": False}


@dataclass(frozen=True, slots=True)
class Prepared:
    """A digest that could be sent: the message, and the picture that goes up before it."""

    message: Message
    picture: Picture | None


class Courier:
    """Composes and posts digests."""

    def __init__(self, db: Database, reader: FactsReader, tools: Tools) -> None:
        self._db = db
        self._reader = reader
        self._tools = tools

    def deliver_due(self) -> None:
        """Post every digest that is due and was not posted; one that fails keeps no other from being posted."""
        with self._db.read() as connection:
            rows = digests.enabled(connection)
        for row in rows:
            now = self._tools.clock.now()
            try:
                period = due.latest(row["schedule"], row["timezone"], row["updated_at"], now)
            except ValueError:
                log.exception("digest.unreadable", digest=str(row["id"]))
                continue
            if period is not None:
                self._take(dict(row), period, now)

    def content(self, row: Mapping[str, Any], at: datetime | None = None) -> Content:
        """What a digest says at an instant, or now. Raises InvalidError where what it asks about is gone."""
        with self._db.read() as connection:
            present = self._present(connection)
            names = Names(
                {str(source.id): source.name for source in _read(connection)},
                {str(team): name for team, name in teams.names(connection).items()},
            )
        return gather(self._reader, present, row, names, self._tools.clock.now(), at=at)

    def prepare(self, row: Mapping[str, Any], language: Language | None = None) -> Prepared:
        """A digest as it would be posted now. Raises InvalidError."""
        spoken = language or Language(row["locale"])
        content = self.content(row)
        drawn = picture(content, spoken)
        message = self.composer(content, spoken).message(
            None if drawn is None else PLACEHOLDER, "" if drawn is None else drawn.alt_text
        )
        return Prepared(message, drawn)

    def by_team(self, row: Mapping[str, Any]) -> list[tuple[Headline, list[tuple[str | None, Headline]]]]:
        """The numbers of a digest, each with those of the teams. Raises InvalidError."""
        with self._db.read() as connection:
            present = self._present(connection)
        return details(self._reader, present, row, self._tools.clock.now())

    def composer(self, content: Content, language: Language) -> Composer:
        """What says a content in a language."""
        return Composer(content, language, self._tools.settings.public_url)

    def send_now(self, row: Mapping[str, Any], channel: str) -> str:
        """Post a digest outside of its schedule; the message's `ts`. Raises ConnectorError or InvalidError."""
        prepared = self.prepare(row)
        with self._db.read() as connection:
            workspace = open_workspace(connection, row["source_id"], self._tools)
        with workspace.posting() as poster:
            message, _ = self._posted(poster, prepared, {"channel": channel, **_QUIET})
        return message

    def _take(self, row: Mapping[str, Any], period: Due, now: datetime) -> None:
        with self._db.write() as connection:
            if row["muted_until"] is not None and period.at < row["muted_until"]:
                digests.leave_out(connection, row["id"], period.period, row["channel"], now)
                return
            claim = digests.claim(connection, row["id"], period.period, row["channel"], now)
        if claim is None:
            return
        try:
            message, lacking = self._send(row, claim, period)
        except ConnectorError as error:
            self._not_sent(claim, error)
        else:
            with self._db.write() as connection:
                digests.sent(connection, claim, message, self._tools.clock.now(), lacking)
            log.info("digest.sent", digest=str(row["id"]), period=period.period, attempts=claim.attempts)

    def _send(self, row: Mapping[str, Any], claim: Claim, period: Due) -> tuple[str, Plain | None]:
        try:
            return self._sent(row, claim, period)
        except ConnectorError:
            raise
        except InvalidError as error:
            raise ConfigError(error.detail, "Correct the digest: what it asks about is there no more.") from error
        except Exception as error:
            log.exception("digest.fault", digest=str(row["id"]), period=period.period)
            raise Transient("The digest could not be made.", "Look at the service's log.") from error

    def _sent(self, row: Mapping[str, Any], claim: Claim, period: Due) -> tuple[str, Plain | None]:
        with self._db.read() as connection:
            workspace = open_workspace(connection, row["source_id"], self._tools)
        payload = {"digest": str(row["id"]), "period": claim.period}
        with workspace.posting() as poster:
            if claim.attempts > 1:
                found = poster.find(row["channel"], EVENT, payload, period.at - _MARGIN)
                if found is not None:
                    return found, None
            return self._posted(poster, self.prepare(row), envelope(row, claim.period))

    def _posted(self, poster: Poster, prepared: Prepared, envelope: Plain) -> tuple[str, Plain | None]:
        """The `ts` of the message, and what it had to do without."""
        message, lacking = prepared.message, None
        give_up_at = self._tools.clock.now() + _PATIENCE
        if prepared.picture is not None:
            drawn = prepared.picture
            try:
                file_id = poster.upload(drawn.png, filename="digest.png", title=drawn.title, alt_text=drawn.alt_text)
                message = with_file(message, file_id)
            except Transient:
                raise
            except ConnectorError as error:
                message, lacking = with_file(message, None), told(error)
        for _ in range(_SHOWN_AFTER):
            if self._tools.clock.now() > give_up_at:
                raise Transient("Slack was too slow to post the digest in time.", "Nothing needs to be done.")
            try:
                return poster.post({**envelope, **message}), lacking
            except ConnectorError as error:
                if error.code != "invalid_blocks" or prepared.picture is None:
                    raise
                # Slack takes an image some moments after it has taken its bytes.
                self._tools.sleep(_WORKING_ON_IT)
                refused = error
        return poster.post({**envelope, **with_file(message, None)}), told(refused)

    def _not_sent(self, claim: Claim, error: ConnectorError) -> None:
        now = self._tools.clock.now()
        log.warning("digest.not_sent", digest=str(claim.digest_id), period=claim.period, reason=told(error)["message"])
        with self._db.write() as connection:
            if isinstance(error, Transient) and claim.attempts < _MOST_ATTEMPTS:
                pause = min(timedelta(minutes=2) * 2 ** (claim.attempts - 1), _LONGEST_PAUSE)
                at = error.retry_at if isinstance(error, RateLimited) and error.retry_at else now + pause
                digests.wait(connection, claim, told(error), at)
            else:
                digests.fail(connection, claim, told(error))

    def _present(self, connection: Connection) -> Settings:
        return settings.effective(connection, self._tools.settings)


def _read(connection: Connection) -> list[Source]:
    """The sources that are read. A Slack that is only posted to is none; what is pushed is as fresh as who pushes."""
    before = runs.read_once(connection)
    return [
        source
        for source in sources.every(connection)
        if source.connector != "push" and (source.schedule is not None or source.id in before)
    ]


def envelope(row: Mapping[str, Any], period: str) -> Plain:
    """Where a message goes, and what a repeat of it is told by."""
    digest_id: UUID = row["id"]
    return {
        "channel": row["channel"],
        "client_msg_id": str(uuid5(digest_id, period)),
        "metadata": {"event_type": EVENT, "event_payload": {"digest": str(digest_id), "period": period}},
        **_QUIET,
    }


def with_file(message: Message, file_id: str | None) -> Message:
    """The message with the uploaded image in the place of the placeholder; without an id, without the image."""
    shown: list[Any] = []
    for block in message["blocks"]:
        if block["type"] != "image":
            shown.append(block)
        elif file_id is not None:
            shown.append(block | {"slack_file": {"id": file_id}})
    return message | {"blocks": shown}


def told(error: ConnectorError) -> dict[str, str]:
    """Why a digest could not be sent, as the ledger keeps it."""
    return {"kind": error.kind, "code": error.code or "", "message": error.message, "remedy": error.remedy}
