"""`/api/v1/shares`, and `/shares/{secret}`: read-only links to one data set, for clients that can send no header.

They are off until an admin switches them on. Whoever has a link sees what a viewer would see in that one data set.
"""

from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Query, Request, Response
from pydantic import BaseModel, Field

from app.api import forms, metric_params
from app.api.answers import Answer, AnswerResponse
from app.api.metrics import QueryIn, mark, rendered, texts_of
from app.api.paging import Page, ThePage
from app.api.routing import needs, open_to_all, router
from app.api.schemas import Body, Instant, Name
from app.api.service import Service, TheAct, TheCreation, ThePrincipal, TheService
from app.core.errors import ConflictError, InvalidError, NotFoundError, TooManyRequestsError
from app.metrics import query as metrics
from app.store import settings, shares

routes = router("/api/v1/shares", "shares")
links = router("/shares", "shares")

LIVES = timedelta(days=90)
LONGEST_LIFE = timedelta(days=366)
MOST_A_MINUTE = 60


class ShareIn(Body):
    """A link to make."""

    name: Name
    question: QueryIn = Field(description="The data set: without `from` and `to` it moves with the days.")
    expires_at: Instant | None = Field(
        default=None, description="When it ends; null: in 90 days. A year ahead at most."
    )


class Share(BaseModel):
    """A link without its secret."""

    id: UUID
    name: str
    hint: str = Field(description="The secret's end, to tell links apart.")
    question: dict[str, str]
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


class NewShare(Share):
    """A link, this once."""

    path: str = Field(description="Where the data set is read; it holds the secret, and is shown in this answer only.")


@routes.post("", status_code=201, response_model=NewShare, summary="Make a link", **needs("editor", 400, 409, 413, 415))
def create_share(body: ShareIn, service: TheService, creating: TheCreation, principal: ThePrincipal) -> Response:
    texts = {"metric": body.question.metric, **{name: text for name, text in texts_of(body.question).items() if text}}
    _check(service, texts)
    with creating.begin() as creation:
        if creation.earlier is not None:
            return creation.earlier
        if not service.settings.shares:
            raise ConflictError('Links are switched off: an admin switches them on in the settings ("shares": true).')
        expires_at = body.expires_at or creation.now + LIVES
        if not creation.now < expires_at <= creation.now + LONGEST_LIFE:
            raise InvalidError.at(["body", "expires_at"], "A link ends in the future, and within a year.")
        row, secret = shares.create(
            creation.connection,
            name=body.name,
            question=texts,
            by=principal.actor,
            now=creation.now,
            expires_at=expires_at,
        )
        service.mask([secret])
        creation.audit("share.create", f"share:{row['id']}", name=body.name, metric=body.question.metric)
        return creation.answer(201, NewShare(**row, path=f"/shares/{secret}"))


@routes.get("", summary="Links, newest first", **needs("editor"))
def list_shares(paging: ThePage) -> Page[Share]:
    return paging.read("shares", shares.page, lambda row: Share(**row))


@routes.delete("/{share_id}", status_code=204, summary="Revoke a link, at once", **needs("editor", 404))
def revoke_share(share_id: Annotated[UUID, Path(description="A link's id.")], acting: TheAct) -> None:
    with acting.begin() as act:
        name = shares.revoke(act.connection, share_id, act.now)
        if name is None:
            raise NotFoundError("There is no link with this id.")
        act.audit("share.revoke", f"share:{share_id}", name=name)


@links.get(
    "/{secret}",
    summary="The data set of a link",
    description="CSV that is safe to open in a spreadsheet, unless another form is asked for.",
    **open_to_all(
        404,
        422,
        429,
        answers={200: {"description": "The data set.", "content": {"text/csv": {"schema": {"type": "string"}}}}},
    ),
)
def read_share(
    secret: Annotated[str, Path(description="What the link's path ends with.")],
    request: Request,
    service: TheService,
    *,
    shape: Annotated[str, Query(description="`series`, or `table`: a bare array.")] = "",
    form: Annotated[str, Query(alias="format", description="`csv`, `json`, `ndjson` or `arrow`; empty: `csv`.")] = "",
) -> Response:
    service.mask([secret])
    now = service.clock.now()
    chosen = forms.choose("", shape=shape, form=form or ("" if shape else "csv"))
    with service.facts.snapshot() as snapshot:
        present = settings.effective(snapshot.connection, service.settings)
        row = shares.find(snapshot.connection, secret, now) if present.shares else None
        version, settled = snapshot.version, snapshot.settled
    if row is None or "metric" not in row["question"]:
        raise NotFoundError("There is no such link, or no longer: ask whoever gave it to you for another.")
    if not service.limiter.admits(str(row["id"]), now):
        raise TooManyRequestsError(f"A link is answered {MOST_A_MINUTE} times a minute: try again in a minute.")
    # A link is in nobody's name: it never shows what only a person may see.
    present = present.model_copy(update={"person_metrics": False})
    texts: dict[str, str] = row["question"]
    query = metric_params.asked(texts["metric"], texts, default_zone=present.zone, now=now).query
    content = metrics.answer(service.facts, present, query)
    etag = f'"{metrics.fingerprint_at(version, present, query)}-{mark(chosen)}"' if settled else ""
    service.reads.add(metrics.assets(service.facts, query), "export", request.scope["headers"])
    return AnswerResponse(Answer(rendered(content, chosen, query.group_by), forms.media_type(chosen), version, etag))


def _check(service: Service, texts: dict[str, Any]) -> None:
    """Refuse a question that has no answer. Raises InvalidError at its place."""
    try:
        asked = metric_params.asked(texts["metric"], texts, default_zone=service.settings.zone, now=service.clock.now())
        metrics.fingerprint(service.facts, service.settings, asked.query)
    except InvalidError as error:
        errors = [{**one, "loc": ["body", "question", *one["loc"][1:]]} for one in error.errors]
        raise InvalidError(error.detail, errors=errors) from error
