"""Words of the API as people say them."""

from collections.abc import Mapping

from app.core.texts import marked

STREAMS: Mapping[str, str] = {
    "projects": marked("projects"),
    "statuses": marked("statuses"),
    "item_types": marked("item types"),
    "resolutions": marked("resolutions"),
    "accounts": marked("accounts"),
    "groups": marked("groups"),
    "releases": marked("releases"),
    "work_items": marked("work items"),
    "deletions": marked("deletions"),
    "channels": marked("channels"),
    "seats": marked("seats"),
    "threads": marked("conversations"),
    "messages": marked("conversations"),
    "usage_days": marked("days of use"),
    "meetings": marked("meetings"),
    "transitions": marked("changes of status"),
    "survey_responses": marked("answers to surveys"),
    "conversations": marked("conversations"),
    "meeting_days": marked("meetings"),
    "sync_runs": marked("syncs"),
}
"""Kinds of things that connectors read; one without an entry is called by its own name."""

CATEGORIES: Mapping[str, str] = {
    "backlog": marked("backlog: not decided yet"),
    "todo": marked("to do: decided, not begun"),
    "active": marked("active: somebody works on it"),
    "waiting": marked("waiting: begun, nobody works on it"),
    "done": marked("done"),
    "discarded": marked("discarded: will not be done"),
}
"""What a status or a resolution can mean."""

KINDS: Mapping[str, str] = {
    "feature": marked("feature"),
    "bug": marked("bug"),
    "task": marked("task"),
    "epic": marked("epic: holds other items"),
    "conflict": marked("conflict"),
    "other": marked("other"),
}
"""What an item type can be."""

CHECKS: Mapping[str, str] = {
    "url": marked("address"),
    "reachable": marked("can be reached"),
    "deployment": marked("kind of site"),
    "credentials": marked("credentials"),
    "user_token": marked("user token"),
    "workspace": marked("workspace"),
    "projects": marked("projects"),
    "channels": marked("channels"),
    "private_channels": marked("private channels"),
    "statuses": marked("statuses"),
    "search": marked("search"),
    "jql": marked("JQL restriction"),
    "histories": marked("histories"),
    "tasks": marked("tasks"),
    "messages": marked("conversations"),
    "accounts": marked("accounts"),
    "profiles": marked("profiles"),
    "seats": marked("seats"),
    "events": marked("events"),
    "export": marked("export of events"),
    "audit_log": marked("audit log"),
    "access_log": marked("access log"),
    "member_days": marked("statistics of members"),
    "push": marked("push"),
}
"""What connectors look at in a check; a name without an entry is called by itself."""
