"""What can go wrong while reading a vendor, grouped by what the reader can do next."""

from datetime import datetime


class ConnectorError(Exception):
    """A sentence for a person (`message`) and what to do about it (`remedy`).

    Neither may hold a secret, a vendor's body, or a query string: both are stored, logged and shown.
    """

    kind: str = "bug"
    status: int | None = None
    """The HTTP status that told it, for callers to whom one means something special ("no such issue")."""
    code: str | None = None
    """The vendor's own word for it, where it has one, for the same callers."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


class ConfigError(ConnectorError):
    """The source's settings are wrong: an admin must change them; a retry cannot help."""

    kind = "config"


class NotOffered(ConfigError):
    """The vendor's plan or edition lacks this: the stream is skipped with the reason, and the others are read."""


class AuthError(ConnectorError):
    """The vendor refuses the credentials: an admin must enter new ones or grant a scope."""

    kind = "auth"


class Transient(ConnectorError):
    """The vendor is at fault for now (5xx, a broken body, a time-out): the next run heals it."""

    kind = "transient"


class RateLimited(Transient):
    """The vendor asks for a pause longer than a run may sleep: go on at `retry_at`."""

    def __init__(self, message: str, remedy: str = "", retry_at: datetime | None = None) -> None:
        super().__init__(message, remedy)
        self.retry_at = retry_at


class BadRecord(ConnectorError):
    """One vendor object cannot become a record: it is set aside, its neighbours land."""

    kind = "record"

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message, "Correct the object at the vendor; the next sync reads it again.")
        self.field = field
