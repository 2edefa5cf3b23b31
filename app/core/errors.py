"""What the service answers when it cannot do what was asked: RFC 9457 problems, grouped by what to do next."""

from collections.abc import Sequence
from typing import Any


class ProblemError(Exception):
    """A refusal with a sentence for the caller. `headers` go out with the answer."""

    status = 500
    title = "Internal error"
    kind = "internal"

    def __init__(
        self, detail: str, *, errors: Sequence[dict[str, Any]] = (), headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = list(errors)
        self.headers = headers or {}

    def body(self, instance: str) -> dict[str, Any]:
        """The `application/problem+json` members."""
        problem: dict[str, Any] = {
            "type": f"urn:prodops:problem:{self.kind}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "instance": instance,
        }
        if self.errors:
            problem["errors"] = self.errors
        return problem


class BadRequestError(ProblemError):
    """The request cannot be read at all (broken JSON, a malformed header): mend the client."""

    status, title, kind = 400, "Bad request", "bad-request"


class UnauthenticatedError(ProblemError):
    """No valid token: send one."""

    status, title, kind = 401, "Not authenticated", "unauthenticated"

    def __init__(self, detail: str = "Send a valid token as 'Authorization: Bearer <token>'.") -> None:
        super().__init__(detail, headers={"WWW-Authenticate": "Bearer"})


class ForbiddenError(ProblemError):
    """The token's role is too small: ask an admin for another."""

    status, title, kind = 403, "Forbidden", "forbidden"


class NotFoundError(ProblemError):
    """There is no such thing: check the id."""

    status, title, kind = 404, "Not found", "not-found"


class MethodNotAllowedError(ProblemError):
    """The resource does not take this method."""

    status, title, kind = 405, "Method not allowed", "method-not-allowed"


class NotAcceptableError(ProblemError):
    """None of the forms that the caller accepts exists."""

    status, title, kind = 406, "Not acceptable", "not-acceptable"


class ConflictError(ProblemError):
    """The present state forbids it: look at it, then decide."""

    status, title, kind = 409, "Conflict", "conflict"


class TooLargeError(ProblemError):
    """The body is larger than the service takes: send less at once."""

    status, title, kind = 413, "Content too large", "too-large"


class UnsupportedMediaError(ProblemError):
    """The body's media type is not one that the resource takes."""

    status, title, kind = 415, "Unsupported media type", "unsupported-media-type"


class TooManyRequestsError(ProblemError):
    """Asked for too often: wait."""

    status, title, kind = 429, "Too many requests", "too-many-requests"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, headers={"Retry-After": "60"})


class InvalidError(ProblemError):
    """The request is readable and wrong: `errors` says where (`loc`) and what (`msg`)."""

    status, title, kind = 422, "Invalid request", "invalid"

    @classmethod
    def at(cls, loc: Sequence[str | int], msg: str) -> "InvalidError":
        """One wrong place."""
        return cls(msg, errors=[{"loc": list(loc), "msg": msg}])


class UnavailableError(ProblemError):
    """The service cannot answer for now: try again later."""

    status, title, kind = 503, "Unavailable", "unavailable"
