"""Which Slack source a request comes from: the one whose signing secret signed it, lately; and not twice."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from slack_sdk.signature import SignatureVerifier
from sqlalchemy import Connection

from app.core.clock import Clock
from app.digest.workspace import KIND, Tools, Workspace, open_workspace
from app.store import sources, ticks
from connectors.kit.errors import ConnectorError

WINDOW = timedelta(minutes=5)
"""How far from now a signature may be; `slack-sdk` holds to the same."""

_STAMP = re.compile(r"[0-9]{1,12}")
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class _Seconds:
    """Our clock, as the library reads one."""

    clock: Clock

    def now(self) -> float:
        return self.clock.now().timestamp()


def is_signed(secret: str, body: bytes, stamp: str, signature: str, clock: Clock) -> bool:
    """Whether Slack signed a body with this secret within the last minutes."""
    # The library trusts these to be well-formed, and raises where they are not.
    if not _STAMP.fullmatch(stamp) or not _SIGNATURE.fullmatch(signature):
        return False
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return False
    return bool(SignatureVerifier(secret, clock=_Seconds(clock)).is_valid(text, stamp, signature))  # type: ignore[arg-type]


def sender(connection: Connection, tools: Tools, body: bytes, stamp: str, signature: str) -> Workspace | None:
    """The workspace that signed a request lately; None where none did."""
    for source in sources.every(connection):
        if source.connector != KIND:
            continue
        try:
            workspace = open_workspace(connection, source.id, tools)
        except ConnectorError:
            # Paused, or without credentials that open: it can have signed nothing.
            continue
        secret = workspace.credentials.signing_secret.get_secret_value()
        if is_signed(secret, body, stamp, signature, tools.clock):
            return workspace
    return None


def is_first(connection: Connection, stamp: str, signature: str) -> bool:
    """Whether a request that was signed was not answered before; from now on it was."""
    return ticks.claim(connection, f"slack/{signature}", datetime.fromtimestamp(int(stamp), UTC))
