"""Which kinds of facts stand on days of their own, and who packs them."""

from collections.abc import Mapping

from app.core.db import Database
from app.facts import build, days, meaning, packing, talk, usage

PACKERS: Mapping[str, tuple[days.Pack, tuple[str, ...]]] = {
    "conversation": (packing.conversation_days, tuple(kind.name for kind in talk.OF_CONVERSATIONS)),
    "survey": (packing.survey_days, (talk.RESPONSES.name,)),
    usage.MARK: (usage.pack, (usage.USAGE.name, usage.ACTIVITY.name)),
    "seat": (usage.pack_seats, (usage.SEATS.name,)),
    "meeting": (packing.meeting_days, (talk.MEETINGS.name,)),
}
"""By the kind of mark: how its days are packed, and which kinds of segments come of it."""


def build_dirty(db: Database) -> int:
    """Build the facts of everything that is marked; gives the number of items and days."""
    return build.build_dirty_items(db) + meaning.build_changed_meanings(db) + days.build_dirty_days(db, PACKERS)
