"""Whether a source would work, found out with a handful of requests, each finding in one sentence."""

from collections.abc import Callable, Iterator

from connectors.kit.checks import failed
from connectors.kit.connector import Check
from connectors.kit.errors import AuthError, ConfigError, ConnectorError
from connectors.kit.http import Params
from connectors.slack import access, raw
from connectors.slack.api import Workspace
from connectors.slack.limits import LIMITED_PAGE

_PAGE = 200


def findings(workspace: Workspace) -> list[Check]:
    """What Slack answers, most basic first; stops where a later finding would mean nothing."""
    return list(_findings(workspace))


def _findings(workspace: Workspace) -> Iterator[Check]:
    for step in (_credentials, _user_token, _channels, _messages):
        for finding in step(workspace):
            yield finding
            if finding.status == "error":
                return
    yield _optional(
        "accounts",
        lambda: workspace.call("users.list", {"limit": 1}, kind=raw.UserPage),
        "Accounts can be read.",
        "Accounts are left out, so nobody is joined to a person",
    )
    yield _optional(
        "seats",
        lambda: workspace.call("team.billableInfo", kind=raw.BillingPage, as_user=True),
        "Seats can be read.",
        "Seats are left out",
    )
    yield _analytics(workspace)
    if workspace.analytics_refusal is not None:
        yield _optional(
            "access_days",
            lambda: access.offered(workspace),
            "The access log can be read: people who only read count too.",
            "People who only read count nowhere",
        )


def _credentials(workspace: Workspace) -> Iterator[Check]:
    try:
        identity = workspace.identity()
    except ConnectorError as error:
        yield failed("credentials", error)
        return
    yield Check("credentials", "ok", f"Slack accepts the bot token for the workspace {identity.team or 'it is of'}.")


def _user_token(workspace: Workspace) -> Iterator[Check]:
    if not workspace.has_user_token:
        return
    try:
        user, bot = workspace.identity(as_user=True), workspace.identity()
    except ConnectorError as error:
        yield failed("user_token", error)
        return
    if user.team_id != bot.team_id:
        yield Check(
            "user_token",
            "error",
            "The user token and the bot token are of two workspaces.",
            "Enter tokens of one workspace.",
        )
    else:
        yield Check("user_token", "ok", "Slack accepts the user token.")


def _channels(workspace: Workspace) -> Iterator[Check]:
    try:
        unknown, chosen = workspace.unknown_names, workspace.chosen
    except ConnectorError as error:
        yield failed("channels", error)
        return
    if unknown:
        yield Check(
            "channels",
            "error",
            f"These channels do not exist, or the app may not see them: {', '.join(unknown)}.",
            "Correct the names; a private channel needs 'include_private' and an invitation of the app.",
        )
        return
    if not chosen:
        yield Check(
            "channels", "error", "The app has joined no channel.", "Invite it into the channels that are to be read."
        )
        return
    outside = [f"#{channel.name}" for channel in chosen if not channel.is_member]
    if outside:
        yield Check(
            "channels",
            "warning",
            f"The app has not joined these channels, so they cannot be read: {', '.join(outside)}.",
            "Invite the app into them.",
        )
    else:
        yield Check("channels", "ok", f"{len(chosen)} channel{'s' if len(chosen) > 1 else ''} can be read.")


def _messages(workspace: Workspace) -> Iterator[Check]:
    """Asks for messages as a walk would: a missing scope, and the limit of 2025, show here."""
    joined = [channel for channel in workspace.chosen if channel.is_member]
    by_kind = {channel.is_private: channel for channel in reversed(joined)}
    cut = False
    for private, channel in sorted(by_kind.items()):
        params: Params = {"channel": channel.id, "limit": _PAGE}
        try:
            answer = workspace.call("conversations.history", params, kind=raw.MessagePage)
        except ConnectorError as error:
            if error.status == 429 or error.kind == "transient":
                yield _slow("Slack asks for a pause already: messages may come slowly.")
                return
            if error.code == "missing_scope" and private:
                yield Check(
                    "private_channels", "warning", f"Private channels are left out. {error.message}", error.remedy
                )
                continue
            yield failed("messages", error)
            return
        cut = cut or (len(answer.messages) == LIMITED_PAGE and (answer.has_more or answer.cursor is not None))
    if cut:
        yield _slow(
            "Slack gives this app 15 messages a minute: 900 messages or 60 threads with replies an hour, and at least "
            f"{len(joined)} minute{'s' if len(joined) > 1 else ''} for each sync.",
        )
    else:
        yield Check("messages", "ok", "Messages can be read.")


def _slow(detail: str) -> Check:
    return Check(
        "messages",
        "warning",
        detail,
        "Create an internal app of your own from the manifest in the connector's README: it may ask 50 times a minute.",
    )


def _analytics(workspace: Workspace) -> Check:
    without = "Use is counted from messages and reactions in the channels that are read"

    def ask() -> None:
        if workspace.analytics_refusal is not None:
            raise workspace.analytics_refusal

    return _optional("member_days", ask, "Member analytics can be read.", without)


def _optional(name: str, ask: Callable[[], object], good: str, without: str) -> Check:
    """A finding about what a source can do without."""
    try:
        ask()
    except (AuthError, ConfigError) as error:
        return Check(name, "warning", f"{without}: {error.message}", error.remedy)
    except ConnectorError as error:
        return failed(name, error)
    return Check(name, "ok", good)
