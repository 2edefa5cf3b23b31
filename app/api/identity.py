"""`/api/v1/identity`: how many accounts of humans are joined to a person."""

from uuid import UUID

from pydantic import BaseModel, Field

from app.api.routing import needs, router
from app.api.service import TheService
from app.store import joins

routes = router("/api/v1/identity", "people")


class Coverage(BaseModel):
    """Accounts of humans, and those of them that nobody knows whose they are."""

    humans: int = Field(description="Accounts that the tool calls a human's, without those marked as automation.")
    without_person: int
    share_without_person: float | None = Field(description="A fraction; null where there are no such accounts.")
    conflicts: int = Field(description="Of them, those that share their address with another of their source.")


class SourceCoverage(Coverage):
    """The same of one source."""

    source_id: UUID
    name: str


class Identity(Coverage):
    """The same of all sources, and of each."""

    sources: list[SourceCoverage]


@routes.get("", summary="How many accounts of humans have no person", **needs("viewer"))
def read_identity(service: TheService) -> Identity:
    with service.database.read() as connection:
        rows = joins.coverage(connection)
    humans, without, conflicts = (sum(row[name] for row in rows) for name in ("humans", "without_person", "conflicts"))
    return Identity(
        **_coverage(humans, without, conflicts).model_dump(),
        sources=[
            SourceCoverage(
                **_coverage(row["humans"], row["without_person"], row["conflicts"]).model_dump(),
                source_id=row["id"],
                name=row["name"],
            )
            for row in rows
        ],
    )


def _coverage(humans: int, without: int, conflicts: int) -> Coverage:
    share = without / humans if humans else None
    return Coverage(humans=humans, without_person=without, share_without_person=share, conflicts=conflicts)
