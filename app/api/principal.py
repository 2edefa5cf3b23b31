"""Who asks, and the only rule of what somebody may do."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

Role = Literal["viewer", "editor", "admin", "ingest"]
_RANKS = {"viewer": 1, "editor": 2, "admin": 3}


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks, as the token or the session says."""

    actor: str
    """How the audit and the idempotency keys name it."""
    name: str
    role: Role
    source_id: UUID | None = None
    expires_at: datetime | None = None
    user_id: UUID | None = None
    """Of somebody who signed in."""
    locale: str | None = None
    team_id: UUID | None = None
    """Of a token that reads one team's numbers."""

    @property
    def is_admin(self) -> bool:
        """Whether it may do everything."""
        return self.role == "admin"

    def may(self, role: Role, source_id: str | None = None) -> bool:
        """Whether this role is held. `ingest` is held for one source, and by every admin."""
        if role == "ingest":
            return self.is_admin or (self.role == "ingest" and source_id == str(self.source_id))
        return _RANKS.get(self.role, 0) >= _RANKS[role]
