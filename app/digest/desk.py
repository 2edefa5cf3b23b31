"""What Slack's commands and buttons get for an answer; it may take longer than the three seconds that Slack waits."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog

from app.core.db import Database
from app.core.language import Language
from app.core.texts import Texts, texts_of
from app.digest import blocks
from app.digest.answers import Answerer, vocabulary
from app.digest.compose import DETAILS, LANGUAGE, MUTE, UNMUTE, Message
from app.digest.deliver import Courier
from app.digest.parse import parse
from app.digest.workspace import Tools, Workspace
from app.facts.read import FactsReader
from app.store import audit, digests, settings
from connectors.kit.errors import ConnectorError

log = structlog.get_logger(__name__)

_WEEK = timedelta(days=7)
_KNOWN_FOR = timedelta(days=1)
_REMEMBERED = 10_000


class Locales:
    """The languages of Slack's users, asked for once a day each."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[UUID, str], tuple[datetime, Language | None]] = OrderedDict()
        self._lock = Lock()

    def of(self, workspace: Workspace, user: str, now: datetime) -> Language | None:
        """Somebody's language; None where Slack does not tell, or it is neither of ours."""
        key = workspace.source_id, user
        with self._lock:
            known = self._known.get(key)
        if known is not None and now - known[0] < _KNOWN_FOR:
            return known[1]
        found = self._asked(workspace, user)
        with self._lock:
            self._known[key] = now, found
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return found

    def known(self, workspace: Workspace, user: str) -> Language | None:
        """Somebody's language where it was asked for before."""
        with self._lock:
            found = self._known.get((workspace.source_id, user))
        return None if found is None else found[1]

    def _asked(self, workspace: Workspace, user: str) -> Language | None:
        try:
            with workspace.posting() as poster:
                name = (poster.locale(user) or "").partition("-")[0].lower()
        except ConnectorError as error:
            log.warning("slack.locale_unknown", reason=error.message)
            return None
        return Language(name) if name in list(Language) else None


@dataclass(frozen=True, slots=True)
class Desk:
    """Answers those who ask from one workspace."""

    db: Database
    reader: FactsReader
    tools: Tools
    locales: Locales
    workspace: Workspace

    def command(self, text: str, user: str) -> Message:
        """The answer to `/prodops`."""
        now = self.tools.clock.now()
        with self.db.read() as connection:
            present = settings.effective(connection, self.tools.settings)
        ask = parse(text, vocabulary(self.reader), now.astimezone(present.zone).date())
        language = self.locales.of(self.workspace, user, now) or ask.language or Language(present.locale)
        dashboard = self.tools.settings.public_url
        return Answerer(self.reader, present, now, language, dashboard).answer(ask)

    def pressed(self, action: str, value: str, user: str) -> Message | None:
        """The answer to a button of a digest; None for one that only opens an address."""
        if action not in (DETAILS, LANGUAGE, MUTE, UNMUTE):
            return None
        identity, _, name = value.partition(" ")
        language = Language(name) if name in list(Language) else Language(self.tools.settings.locale)
        row = self._digest(identity)
        if row is None:
            return _ephemeral(texts_of(language).gettext("This digest is there no more."))
        if action in (MUTE, UNMUTE):
            return self._muted(row, user, language, until=self.tools.clock.now() + _WEEK if action == MUTE else None)
        courier = Courier(self.db, self.reader, self.tools)
        content = courier.content(row)
        composer = courier.composer(content, language)
        message = composer.message() if action == LANGUAGE else composer.details(courier.by_team(row))
        return {"response_type": "ephemeral", "replace_original": False, **message}

    def working(self, user: str) -> Message:
        """What to say while the answer is made."""
        return _ephemeral(self._texts(user).gettext("One moment: the answer is on its way."))

    def trouble(self, user: str) -> Message:
        """What to say where an answer could not be made."""
        return _ephemeral(self._texts(user).gettext("Something went wrong; try again later."))

    def _texts(self, user: str) -> Texts:
        """In the asker's language, or the deployment's where Slack would have to be asked first."""
        return texts_of(self.locales.known(self.workspace, user) or Language(self.tools.settings.locale))

    def _digest(self, identity: str) -> Mapping[str, Any] | None:
        """A digest of this workspace, by the id that its button carries."""
        try:
            digest_id = UUID(identity)
        except ValueError:
            return None
        with self.db.read() as connection:
            row = digests.get(connection, digest_id)
        return dict(row) if row is not None and row["source_id"] == self.workspace.source_id else None

    def _muted(self, row: Mapping[str, Any], user: str, language: Language, until: datetime | None) -> Message:
        gettext, now = texts_of(language).gettext, self.tools.clock.now()
        act = "digest.mute" if until else "digest.unmute"
        with self.db.write() as connection:
            digests.mute(connection, row["id"], until)
            audit.record(connection, at=now, actor=f"slack:{user}", action=act, target=f"digest:{row['id']}", detail={})
        who = f"<@{user}>" if user.isalnum() else ""
        if until is None:
            text = gettext("%(who)s lets this digest be posted again.", who=who)
            return _in_channel(text, [])
        said = language.moment(until, ZoneInfo(row["timezone"]))
        text = gettext("%(who)s muted this digest until %(until)s.", who=who, until=said)
        return _in_channel(text, [blocks.button(gettext("Post it again"), UNMUTE, f"{row['id']} {language}")])


def _ephemeral(text: str) -> Message:
    return {"response_type": "ephemeral", "replace_original": False, "text": text}


def _in_channel(text: str, buttons: list[blocks.Block]) -> Message:
    found = [blocks.section([text], str)]
    if buttons:
        found.append(blocks.actions(buttons))
    return {"response_type": "in_channel", "replace_original": False, "text": text, "blocks": found}
