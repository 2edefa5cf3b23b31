"""`/api/v1/maturity/answers`: the questionnaire about practices that no number shows."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from app.api.insight_schemas import Texts
from app.api.paging import Page, ThePage
from app.api.routing import needs, router
from app.api.schemas import Body
from app.api.service import TheAct, TheService
from app.core.errors import InvalidError
from app.insights.criteria import questions
from app.store import maturity, version

routes = router("/api/v1/maturity", "insights")


class MaturityQuestion(BaseModel):
    """A question of the questionnaire, with its latest answer."""

    question: str
    function: str
    level: int = Field(ge=2, le=5, description="The level that asks for it.")
    text: Texts
    answer: bool | None = Field(description="Null where nobody has answered.")
    answered_by: str | None
    answered_at: datetime | None


class MaturityAnswersIn(Body):
    """Answers by question; a question that is not named keeps its answer, null takes it back."""

    answers: dict[str, bool | None]


class MaturityAnswersOut(BaseModel):
    """The whole questionnaire."""

    items: list[MaturityQuestion]
    next: None = None


@routes.get("/answers", summary="The questionnaire and its answers", **needs("viewer"))
def list_answers(paging: ThePage, service: TheService) -> Page[MaturityQuestion]:
    with service.database.read() as connection:
        given = {row["question"]: dict(row) for row in maturity.answers(connection)}
    return paging.cut("maturity", _questionnaire(given), lambda one: one.question)


@routes.put("/answers", summary="Answer questions; levels follow at once", **needs("editor", 400, 413, 415))
def put_answers(body: MaturityAnswersIn, acting: TheAct) -> MaturityAnswersOut:
    known = {criterion.name for _, _, criterion in questions()}
    for name in body.answers:
        if name not in known:
            raise InvalidError.at(
                ["body", "answers", name], f"There is no such question. Choose from: {', '.join(sorted(known))}."
            )
    with acting.begin() as act:
        for name, answer in body.answers.items():
            if answer is None:
                maturity.forget(act.connection, name)
            else:
                maturity.put(act.connection, name, answer=answer, by=act.actor, now=act.now)
        given = {row["question"]: dict(row) for row in maturity.answers(act.connection)}
        if body.answers:
            act.audit("maturity.answer", "maturity", **body.answers)
            version.bump(act.connection, act.now)
    return MaturityAnswersOut(items=_questionnaire(given))


def _questionnaire(given: Mapping[str, Mapping[str, Any]]) -> list[MaturityQuestion]:
    return [
        MaturityQuestion(
            question=criterion.name,
            function=function.name,
            level=level,
            text={"en": criterion.question.en, "fr": criterion.question.fr},
            **{
                name: given[criterion.name][name] if criterion.name in given else None
                for name in ("answer", "answered_by", "answered_at")
            },
        )
        for function, level, criterion in questions()
    ]
