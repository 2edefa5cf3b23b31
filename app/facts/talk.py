"""Kinds of facts about people talking: conversations, answers to surveys, days of meetings. Accounts are codes."""

from app.facts.segment import Kind

THREADS = Kind(
    "threads",
    "started_at",
    (
        ("thread", "<i8"),
        ("started_at", "<i8"),
        ("reply_at", "<i8"),
        ("starter", "<i4"),
        ("replier", "<i4"),
        ("channel", "<i4"),
    ),
)
"""Conversations by the day they began; `reply_at` is NEVER where nobody replied."""

THREAD_PEOPLE = Kind("thread_people", "started_at", (("thread", "<i8"), ("started_at", "<i8"), ("account", "<i4")))
"""Who took part in each conversation, by the day it began; each account once."""

THREAD_MARKS = Kind(
    "thread_marks",
    "started_at",
    (
        ("thread", "<i8"),
        ("started_at", "<i8"),
        ("starter", "<i4"),
        ("channel", "<i4"),
        ("mark", "<i4"),
        ("at", "<i8"),
        ("first_seen", "u1"),
    ),
)
"""The first mark of each name on each conversation, by the day the conversation began.

`first_seen` is 1 where the vendor tells no instant, so that `at` is when the mark was first seen.
"""

OF_CONVERSATIONS = (THREADS, THREAD_PEOPLE, THREAD_MARKS)

RESPONSES = Kind(
    "responses",
    "at",
    (
        ("at", "<i8"),
        ("account", "<i4"),
        ("topic", "i1"),
        ("tool", "<i4"),
        ("team", "<i4"),
        ("score", "<f8"),
        ("scale_min", "<f8"),
        ("scale_max", "<f8"),
    ),
)
"""Answers to surveys; `topic` is a place in TOPICS, `tool` and `team` are texts of the answer, as codes."""

TOPICS = ("tool", "communication", "data", "other")

MEETINGS = Kind("meetings", "day", (("day", "<i8"), ("account", "<i4"), ("meetings", "<i4"), ("seconds", "<i8")))
"""Meetings of an account on a day, which stands as its midnight in UTC."""
