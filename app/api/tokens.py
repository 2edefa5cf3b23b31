"""`/api/v1/tokens`: who may ask. A token is shown once, when it is made."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Path, Response
from pydantic import BaseModel, Field

from app.api.paging import Page, ThePage
from app.api.principal import Role
from app.api.routing import needs, router
from app.api.schemas import Body, Instant, Name
from app.api.service import TheAct, TheCreation
from app.core.errors import InvalidError, NotFoundError
from app.store import sources, teams, tokens

routes = router("/api/v1/tokens", "tokens")


class TokenIn(Body):
    """A token to make."""

    name: Name
    role: Role = Field(description="`viewer` < `editor` < `admin`; `ingest` can only push to one source.")
    expires_at: Instant | None = Field(default=None, description="When it ends; null: never.")
    source_id: UUID | None = Field(
        default=None, strict=False, description="The one source that an `ingest` token pushes to; null for the others."
    )
    team_id: UUID | None = Field(
        default=None,
        strict=False,
        description="The one team whose numbers and work items it reads, with those below; `viewer` only.",
    )


class Token(BaseModel):
    """A token without itself."""

    id: UUID
    name: str
    role: Role
    hint: str = Field(description="The token's end, to tell tokens apart.")
    source_id: UUID | None
    team_id: UUID | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


class NewToken(Token):
    """A token, this once."""

    token: str = Field(description="Shown in this answer only.")


@routes.post("", status_code=201, response_model=NewToken, summary="Make a token", **needs("admin", 400, 409, 413, 415))
def create_token(body: TokenIn, creating: TheCreation) -> Response:
    with creating.begin() as creation:
        if creation.earlier is not None:
            return creation.earlier
        if body.expires_at is not None and body.expires_at <= creation.now:
            raise InvalidError.at(["body", "expires_at"], "The instant lies in the past.")
        if body.team_id is not None and body.role != "viewer":
            raise InvalidError.at(["body", "team_id"], "A token that is bound to a team reads: its role is 'viewer'.")
        if body.team_id is not None and teams.get(creation.connection, body.team_id, creation.now) is None:
            raise InvalidError.at(["body", "team_id"], "There is no team with this id.")
        if (body.role == "ingest") != (body.source_id is not None):
            raise InvalidError.at(["body", "source_id"], "A token has a source if, and only if, its role is 'ingest'.")
        if body.source_id is not None and sources.get(creation.connection, body.source_id) is None:
            raise InvalidError.at(["body", "source_id"], "There is no source with this id.")
        row, secret = tokens.create(
            creation.connection,
            name=body.name,
            role=body.role,
            expires_at=body.expires_at,
            source_id=body.source_id,
            team_id=body.team_id,
            now=creation.now,
        )
        creation.audit("token.create", f"token:{row['id']}", name=body.name, role=body.role)
        return creation.answer(201, NewToken(**row, token=secret))


@routes.get("", summary="Tokens, newest first", **needs("admin"))
def list_tokens(paging: ThePage) -> Page[Token]:
    return paging.read("tokens", tokens.page, lambda row: Token(**row))


@routes.delete("/{token_id}", status_code=204, summary="Revoke a token, at once and everywhere", **needs("admin", 404))
def revoke_token(token_id: Annotated[UUID, Path(description="A token's id.")], acting: TheAct) -> None:
    with acting.begin() as act:
        row = tokens.revoke(act.connection, token_id, act.now)
        if row is None:
            raise NotFoundError("There is no token with this id.")
        act.audit("token.revoke", f"token:{token_id}", name=row["name"])
