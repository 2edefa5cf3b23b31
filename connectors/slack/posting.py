"""Posting to Slack: `slack-sdk`'s client, made to speak through the kit's pinned transport.

Left alone the library would open its own connections to wherever a name resolves; so its requests go where the
source may be asked, and every refusal becomes one of the kit's errors, with Slack's word as its `code`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from urllib.request import Request

import httpx
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from connectors.kit.connector import Access
from connectors.kit.errors import ConfigError, ConnectorError, RateLimited, Transient
from connectors.kit.hosts import HostPolicy
from connectors.kit.retry import RetryPolicy, retry_after
from connectors.kit.transport import Limits, PinnedTransport
from connectors.slack import raw
from connectors.slack.config import BotToken, SlackConfig
from connectors.slack.refusals import refusal

Json = dict[str, Any]

_LIMITS = Limits(connect=5.0, read=15.0, total=30.0, body=4 * 2**20, unpacked=16 * 2**20, connections=2)
_RETRY = RetryPolicy(attempts=4, first=0.5, longest=5.0, sleep_cap=30.0)
_AGAIN = "Nothing needs to be done: it is tried again."
_A_PAGE, _MOST_PAGES = 200, 20
"""Messages of a channel that are looked through for one of ours."""

_NEW_TOKEN = "Enter a new bot token for the Slack source: the app was removed or its token revoked."  # noqa: S105
_REMEDIES = {
    "not_in_channel": "Invite the app into the channel again: /invite @prodops-hub.",
    "is_archived": "Restore the channel, or choose another one for the digest.",
    "channel_not_found": "Choose the channel again by its id; a private one shows only after the app was invited.",
    **dict.fromkeys(("invalid_auth", "account_inactive", "token_revoked"), _NEW_TOKEN),
}
"""What to do where posting is refused, where that is another thing than for reading."""


def hosts(config: SlackConfig) -> Sequence[str]:
    """Where posting reaches: the API's host, and Slack's hosts for uploads and late answers beside it."""
    host = httpx.URL(config.base_url).host
    return (host, f"files.{host}", f"hooks.{host}")


class _PinnedClient(WebClient):
    """The library's client; what it would send with urllib goes through the kit."""

    def __init__(self, http: httpx.Client, config: SlackConfig, token: str) -> None:
        super().__init__(token=token, base_url=f"{config.base_url}/", retry_handlers=[])
        self._http = http

    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> Json:
        headers = {**req.headers, **req.unredirected_hdrs}
        answer = self._http.request(req.get_method(), url, content=req.data, headers=headers)  # type: ignore[arg-type]
        return {"status": answer.status_code, "headers": answer.headers, "body": answer.text}


class Poster:
    """One workspace, written to by its app. Every method raises a ConnectorError; `code` is Slack's word."""

    def __init__(self, http: httpx.Client, access: Access) -> None:
        credentials: BotToken = access.credentials
        self._http = http
        self._now = access.now
        self._sleep = access.sleep
        self._client = _PinnedClient(http, access.config, credentials.token.get_secret_value())

    def post(self, message: Mapping[str, Any]) -> str:
        """The `ts` of a message that was posted. Raises Transient where nobody knows whether it was: look with `find`.

        A call that may have succeeded is not sent again, since Slack would post it again.
        """
        answer = self._ask("chat.postMessage", lambda: self._client.chat_postMessage(**message), once=True)
        return str(answer.get("ts", ""))

    def find(self, channel: str, event_type: str, payload: Mapping[str, str], since: datetime) -> str | None:
        """The `ts` of our message since an instant whose metadata holds this payload; None where there is none.

        Raises ConfigError where so much was said since that it was not looked through: nobody knows then.
        """
        cursor = ""
        for _ in range(_MOST_PAGES):
            answer = self._history(channel, raw.stamp(since), cursor)
            for message in answer.get("messages", ()):
                about = message.get("metadata") or {}
                found = about.get("event_payload") or {}
                if about.get("event_type") == event_type and payload.items() <= found.items():
                    return str(message.get("ts", ""))
            cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return None
        raise ConfigError(
            "So much was said in the channel that it is not known whether the message was posted.",
            "Look into the channel, and send the message by hand if it is missing.",
        )

    def _history(self, channel: str, oldest: str, cursor: str) -> Mapping[str, Any]:
        return self._ask(
            "conversations.history",
            lambda: self._client.conversations_history(
                channel=channel, oldest=oldest, limit=_A_PAGE, include_all_metadata=True, cursor=cursor or None
            ),
        )

    def upload(self, image: bytes, *, filename: str, title: str, alt_text: str) -> str:
        """The id of an image that only the app sees, until a message shows it.

        The three steps that took the place of `files.upload`, which Slack switched off in November 2025.
        """
        place = self._ask(
            "files.getUploadURLExternal",
            lambda: self._client.files_getUploadURLExternal(filename=filename, length=len(image), alt_txt=alt_text),
        )
        self._send(str(place["upload_url"]), content=image, headers={"Content-Type": "application/octet-stream"})
        file_id = str(place["file_id"])
        self._ask(
            "files.completeUploadExternal",
            lambda: self._client.files_completeUploadExternal(files=[{"id": file_id, "title": title}]),
        )
        return file_id

    def locale(self, user: str) -> str | None:
        """The language that somebody uses Slack in, such as `fr-FR`."""
        answer = self._ask("users.info", lambda: self._client.users_info(user=user, include_locale=True))
        found = (answer.get("user") or {}).get("locale")
        return found if isinstance(found, str) else None

    def respond(self, address: str, message: Mapping[str, Any]) -> None:
        """Answer a command or a button late, at the address that came with it."""
        self._send(address, json=dict(message))

    def _send(self, address: str, **content: Any) -> None:
        with _as_ours("the address that it gave"):
            answer = self._http.post(address, **content)
        if answer.status_code != 200:
            raise Transient(f"Slack refused what was sent (HTTP {answer.status_code}).", _AGAIN)

    def _ask(self, method: str, send: Callable[[], Any], *, once: bool = False) -> Mapping[str, Any]:
        attempt = 1
        while True:
            try:
                return self._answer(method, send)
            except RateLimited as error:
                pause = (error.retry_at - self._now()).total_seconds() if error.retry_at else _RETRY.longest
                if attempt >= _RETRY.attempts or pause > _RETRY.sleep_cap:
                    raise
            except Transient:
                if once or attempt >= _RETRY.attempts:
                    raise
                pause = _RETRY.pause(attempt)
            self._sleep(max(pause, 0.0))
            attempt += 1

    def _answer(self, method: str, send: Callable[[], Any]) -> Mapping[str, Any]:
        try:
            with _as_ours(method):
                answer = send()
        except SlackApiError as error:
            response = error.response
        else:
            data: Mapping[str, Any] = answer.data
            return data
        # Outside of the handler: the library's error holds the whole answer, and must not travel further.
        raise self._refused(method, response.status_code, response.headers, response.data)

    def _refused(self, method: str, status: int, headers: Mapping[str, str], data: Any) -> ConnectorError:
        if status == 429:
            pause = retry_after(httpx.Headers(dict(headers)).get("retry-after"), self._now())
            until = self._now() + timedelta(seconds=_RETRY.longest if pause is None else pause)
            return RateLimited(f"Slack's {method} asks for a pause (HTTP 429).", _AGAIN, until)
        if status >= 500:
            return Transient(f"Slack's {method} failed (HTTP {status}).", _AGAIN)
        word, needed = (str(data.get(name, "")) for name in ("error", "needed")) if isinstance(data, dict) else ("", "")
        if " " in word or not word:
            # The library's own words: what came was a web page, as Slack shows in trouble.
            return Transient(f"Slack's {method} answered something that is not JSON.", _AGAIN)
        error = refusal(method, raw.Verdict(ok=False, error=word, needed=needed), self._now())
        error.remedy = _REMEDIES.get(word, error.remedy)
        return error


@contextmanager
def posting(access: Access, allowed_private: Sequence[str]) -> Iterator[Poster]:
    """A poster for a source, as long as the block lasts. Sends nothing before it is used."""
    transport = PinnedTransport(HostPolicy(hosts(access.config), allowed_private), _LIMITS)
    with httpx.Client(transport=transport, follow_redirects=False, trust_env=False) as http:
        yield Poster(http, access)


@contextmanager
def _as_ours(what: str) -> Iterator[None]:
    try:
        yield
    except httpx.TransportError as error:
        raise Transient(f"Slack did not answer: {what}.", _AGAIN) from error
