"""Slack says no inside a good answer: HTTP 200 with `ok: false` and a word. What each word means for us."""

import re
from datetime import datetime, timedelta

from connectors.kit.errors import AuthError, ConfigError, ConnectorError, NotOffered, RateLimited, Transient
from connectors.slack.raw import Verdict

_PLAIN_WORD = re.compile(r"[a-z0-9_]{1,60}")
_SCOPES = re.compile(r"[a-z0-9_.:, -]{1,300}")
_PAUSE = timedelta(seconds=60)
"""A refusal inside a 200 names no pause; Slack counts by the minute."""

_LIMITED = frozenset({"ratelimited", "rate_limited"})
REFUSED_TOKEN = frozenset(
    {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "org_login_required"}
)
"""Slack's words for a token that is good for nothing."""
_FAMILIES: tuple[tuple[frozenset[str], type[ConnectorError], str, str], ...] = (
    (
        REFUSED_TOKEN,
        AuthError,
        "does not accept the token",
        "Enter a new token: install the app again if it was removed or its token revoked.",
    ),
    (
        frozenset(
            {"no_permission", "not_allowed_token_type", "access_denied", "team_access_not_granted", "not_an_admin"}
            | {"not_admin", "restricted_action", "user_is_restricted", "ekm_access_denied"}
        ),
        AuthError,
        "is not open to this token",
        "Use the token of an owner or admin, or leave this stream out.",
    ),
    (
        frozenset({"fatal_error", "internal_error", "service_unavailable", "request_timeout", "accesslimited"}),
        Transient,
        "failed",
        "Nothing needs to be done: the next run tries again.",
    ),
    (
        frozenset({"paid_only", "feature_not_enabled", "missing_entitlement", "not_an_enterprise"})
        | {"enterprise_is_restricted", "member_analytics_disabled"},
        NotOffered,
        "is not part of this workspace's plan",
        "Leave this stream out, or upgrade the workspace's plan.",
    ),
    (
        frozenset({"not_in_channel"}),
        ConfigError,
        "needs the app to be a member of the channel",
        "Invite the app into the channel.",
    ),
    (
        frozenset({"channel_not_found"}),
        ConfigError,
        "knows no such channel, or does not show it to the app",
        "Correct the channel, or invite the app into it.",
    ),
    (
        frozenset({"is_archived"}),
        ConfigError,
        "does not read an archived channel",
        "Leave the channel out, or restore it.",
    ),
    (frozenset({"unknown_method"}), ConfigError, "does not exist there", "Check the address of the API."),
    (frozenset({"method_deprecated"}), ConfigError, "was removed from the API", "Upgrade this service."),
)


def refusal(method: str, verdict: Verdict, now: datetime) -> ConnectorError:
    """The error for an answer that is not ok; `code` is Slack's word. A Transient one is worth another try."""
    code = verdict.error if _PLAIN_WORD.fullmatch(verdict.error) else "no reason"
    error = _of(f"Slack's {method}", code, verdict.needed, now)
    error.code = code
    return error


def _of(what: str, code: str, needed: str, now: datetime) -> ConnectorError:
    if code in _LIMITED:
        return RateLimited(f"{what} asks for a pause ({code}).", "It goes on by itself then.", now + _PAUSE)
    if code == "missing_scope":
        scope = needed if _SCOPES.fullmatch(needed) else "it asks for"
        remedy = "Add the scope to the app and install it in the workspace again."
        return AuthError(f"{what} needs the scope {scope}, which the token lacks.", remedy)
    for codes, kind, did, remedy in _FAMILIES:
        if code in codes:
            return kind(f"{what} {did} ({code}).", remedy)
    remedy = "Report it to the maintainers of this connector; the error names the method."
    return ConnectorError(f"{what} refused the request ({code}).", remedy)
