"""The HTTP client of every connector's bulk reads: typed answers, or an error that says what can be done.

Nothing of a vendor's body, no query and no credential gets into an error: each says the host, the path and
the status only.
"""

import random
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar
from urllib.parse import urlencode

import httpx
import msgspec

from connectors.kit.budget import RateBudget
from connectors.kit.errors import AuthError, ConfigError, ConnectorError, RateLimited, Transient
from connectors.kit.hosts import HostPolicy, parse_url
from connectors.kit.redaction import place
from connectors.kit.retry import RetryPolicy, retry_after
from connectors.kit.transport import BodyTooLarge, Limits, PinnedTransport, UnknownEncoding

T = TypeVar("T")

Param = str | int | bool
Params = Mapping[str, Param | Sequence[Param]]

_ASK_AGAIN = "Nothing needs to be done: the next run tries again."
_REPORT = "Report it to the maintainers of this connector; the run's log has the path."

STATUS: dict[int, tuple[type[ConnectorError], str, str]] = {
    400: (ConnectorError, "refused the request as malformed", _REPORT),
    401: (AuthError, "does not accept the credentials", "Enter new credentials: a token may have expired; rotate it."),
    402: (AuthError, "wants the subscription to be paid", "Renew the subscription at the vendor."),
    403: (AuthError, "does not let these credentials read this", "Grant the account or token the right to read it."),
    404: (ConfigError, "knows no such address", "Check the address of the source, its path included."),
    407: (ConfigError, "is behind a proxy that wants a login", "Let this service reach the host directly."),
    408: (Transient, "gave up waiting", _ASK_AGAIN),
    409: (Transient, "was busy with something that excludes this", _ASK_AGAIN),
    410: (ConfigError, "has removed this address from its API", "Upgrade this service."),
    425: (Transient, "was not ready", _ASK_AGAIN),
    429: (Transient, "received too many requests", _ASK_AGAIN),
    451: (AuthError, "may not answer for legal reasons", "Ask the vendor."),
}
"""What a status means for the reader: the error, what the host did, the remedy. See `meaning` for the rest."""


def meaning(status: int) -> tuple[type[ConnectorError], str, str]:
    """The row of `STATUS`, or the row for a status's class."""
    if status in STATUS:
        return STATUS[status]
    if status >= 500:
        return Transient, "failed", _ASK_AGAIN
    return ConnectorError, "gave an unexpected answer", _REPORT


class Auth(Protocol):
    """How a client proves who it is."""

    def headers(self) -> Mapping[str, str]:
        """Headers for the next request."""

    def renew(self, refused: Mapping[str, str]) -> bool:
        """After a 401 to the headers given: whether there are better ones now, worth one more attempt."""


class FixedAuth:
    """Credentials that never change during a run."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = dict(headers)

    def headers(self) -> Mapping[str, str]:
        """The headers given."""
        return self._headers

    def renew(self, refused: Mapping[str, str]) -> bool:  # noqa: ARG002
        """Never: a refused token stays refused."""
        return False

    def __repr__(self) -> str:
        return "FixedAuth(********)"


class HttpClient:
    """One vendor's API for one run. Synchronous; usable from several threads. Close it, or use `with`.

    `base_url` may have a path; the paths of requests are appended to it. `budget` gives the rate budget of a
    (method, path) rule; without one the client sends as fast as it is asked to.
    """

    def __init__(
        self,
        base_url: str,
        *,
        hosts: HostPolicy,
        now: Callable[[], datetime],
        sleep: Callable[[float], None],
        auth: Auth | None = None,
        budget: Callable[[str, str], RateBudget] | None = None,
        retry: RetryPolicy | None = None,
        limits: Limits | None = None,
        user_agent: str = "ProdOps-Hub",
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._base = str(parse_url(base_url)).rstrip("/")
        self._auth = auth or FixedAuth({})
        self._now = now
        self._sleep = sleep
        self._budget = budget
        self._retry = retry or RetryPolicy()
        self._client = httpx.Client(
            transport=PinnedTransport(hosts, limits or Limits(), ssl_context),
            headers={"Accept": "application/json", "Accept-Encoding": "gzip, deflate", "User-Agent": user_agent},
            follow_redirects=False,
            trust_env=False,
        )

    def get_json(self, path: str, params: Params | None = None, *, type: type[T], also: int | None = None) -> T:  # noqa: A002
        """The answer to a GET, decoded as `type`. Raises a ConnectorError.

        `also` is a status that is no error here: its body is an answer too.
        """
        return self._read("GET", path, _json(type), also, params=dict(params or {}))

    def get_pieces(self, path: str, params: Params | None = None, *, read: Callable[[Iterator[bytes]], T]) -> T:
        """What `read` makes of the answer to a GET, which it gets unpacked and piece by piece as it arrives.

        `read` begins anew with every attempt, and raises Transient where the answer turns out to be cut short.
        Raises a ConnectorError.
        """
        headers = {"Accept": "*/*"}
        return self._read(
            "GET", path, lambda answer, where: read(answer.iter_bytes()), params=dict(params or {}), headers=headers
        )

    def post_json(self, path: str, body: Any, *, type: type[T]) -> T:  # noqa: A002
        """The answer to a POST that only reads (a search), decoded as `type`; so it is retried like a GET."""
        headers = {"Content-Type": "application/json"}
        return self._read("POST", path, _json(type), content=msgspec.json.encode(body), headers=headers)

    def post_form(self, path: str, form: Mapping[str, str], params: Params | None = None, *, type: type[T]) -> T:  # noqa: A002
        """The answer to a form that only reads, decoded as `type`; it is retried like a GET."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        content = urlencode(form).encode()
        return self._read("POST", path, _json(type), params=dict(params or {}), content=content, headers=headers)

    def post_once(self, path: str, body: Any, *, type: type[T]) -> T:  # noqa: A002
        """The answer to a POST that changes something at the vendor, such as using up a token: never retried."""
        request = {"content": msgspec.json.encode(body), "headers": {"Content-Type": "application/json"}}
        try:
            return self._attempt("POST", path, _json(type), request)
        except _Again as again:
            raise again.error from again

    def close(self) -> None:
        """Closes every connection."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read(self, method: str, path: str, take: "_Take[T]", also: int | None = None, **request: Any) -> T:
        renewed = False
        attempt = 1
        while True:
            credentials = self._auth.headers()
            try:
                return self._attempt(method, path, take, request, credentials, also=also)
            except AuthError as error:
                if renewed or error.status != 401 or not self._auth.renew(credentials):
                    raise
                renewed = True
            except _Again as again:
                self._wait(method, path, again, attempt)
                attempt += 1

    def _attempt(
        self,
        method: str,
        path: str,
        take: "_Take[T]",
        request: dict[str, Any],
        credentials: Mapping[str, str] | None = None,
        *,
        also: int | None = None,
    ) -> T:
        if self._budget is not None:
            pause = self._budget(method, path).take()
            if pause > 0:
                self._sleep(pause)
        headers = {**(self._auth.headers() if credentials is None else credentials), **request.get("headers", {})}
        outgoing = self._client.build_request(method, self._base + path, **{**request, "headers": headers})
        where = place(outgoing.url)
        try:
            answer = self._client.send(outgoing, stream=True)
            try:
                if answer.status_code not in (200, also):
                    raise self._refusal(answer, where)
                return take(answer, where)
            finally:
                answer.close()
        except Transient as error:
            raise _Again(error) from error
        except (BodyTooLarge, UnknownEncoding) as error:
            raise ConnectorError(f"{where}: {error}", _REPORT) from error
        except httpx.TransportError as error:
            raise _lost_connection(where, error) from error

    def _refusal(self, answer: httpx.Response, where: str) -> Exception:
        status = answer.status_code
        if answer.is_redirect:
            return _redirected(answer, where)
        kind, did, remedy = meaning(status)
        error = kind(f"{where} {did} (HTTP {status}).", remedy)
        error.status = status
        if not isinstance(error, Transient):
            return error
        pause = retry_after(answer.headers.get("retry-after"), self._now())
        if status == 429 or pause is not None:
            error = self._rate_limited(where, status, pause)
        return _Again(error, pause)

    def _rate_limited(self, where: str, status: int, pause: float | None) -> RateLimited:
        wait = timedelta(
            seconds=min(self._retry.longest if pause is None else pause, timedelta(days=366).total_seconds())
        )
        retry_at = self._now() + wait
        error = RateLimited(f"{where} asks for a pause (HTTP {status}).", "It goes on by itself then.", retry_at)
        error.status = status
        return error

    def _wait(self, method: str, path: str, again: "_Again", attempt: int) -> None:
        asked = again.pause
        if attempt >= self._retry.attempts or (asked is not None and asked > self._retry.sleep_cap):
            raise again.error from again
        pause = self._retry.pause(attempt)
        if asked is not None:
            # Behind what was asked for, never before it; spread, so that threads do not return as one.
            pause = asked + random.uniform(0, min(1.0, asked / 10))  # noqa: S311
            if self._budget is not None:
                self._budget(method, path).hold(asked)
        self._sleep(pause)


_Take = Callable[[httpx.Response, str], T]
"""(a good answer, where it came from) -> what the caller wants of it."""


class _Again(Exception):
    """Worth another attempt; `error` if there is none. `pause` is what the vendor asks for."""

    def __init__(self, error: Transient, pause: float | None = None) -> None:
        super().__init__(error.message)
        self.error = error
        self.pause = pause


def _redirected(answer: httpx.Response, where: str) -> ConnectorError:
    try:
        target = answer.url.join(answer.headers.get("location", ""))
    except httpx.InvalidURL:
        target = answer.url
    error: ConnectorError
    if "login" in target.path.lower():
        error = AuthError(f"{where} answered with a login page.", "Enter credentials that the site accepts.")
    else:
        error = ConfigError(
            f"{where} sends us on to {target.scheme}://{target.host}, and redirects are not followed.",
            "Enter the site's final address.",
        )
    error.status = answer.status_code
    return error


def _lost_connection(where: str, error: httpx.TransportError) -> Exception:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return ConfigError(
                f"{where} shows a certificate that this machine does not trust.",
                "Install the issuer's certificate on this machine (SSL_CERT_FILE), or correct the address.",
            )
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        did, remedy = "cannot be reached", "Check the address, and that this machine may connect to it."
    elif isinstance(error, httpx.TimeoutException):
        did, remedy = "did not answer in time", _ASK_AGAIN
    else:
        did, remedy = "broke off its answer", _ASK_AGAIN
    return _Again(Transient(f"{where} {did}.", remedy))


def _json(wanted: type[T]) -> _Take[T]:
    return lambda answer, where: _decode(answer.read(), answer.headers.get("content-type", ""), wanted, where)


def _decode(body: bytes, content_type: str, wanted: type[T], where: str) -> T:
    try:
        return msgspec.json.decode(body, type=wanted)
    except msgspec.ValidationError as error:
        raise ConnectorError(f"{where} answered in a shape that this version does not know.", _REPORT) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        if "html" in content_type.lower() or body.lstrip()[:1] == b"<":
            did, remedy = (
                "answered a web page instead of JSON",
                "Check that the address is the site's API, not a portal.",
            )
        else:
            did, remedy = "answered something that is not JSON", _ASK_AGAIN
        raise _Again(Transient(f"{where} {did}.", remedy)) from error
