"""Answers to the questionnaire of maturity, the latest of each question."""

from datetime import datetime

from sqlalchemy import Connection, RowMapping, delete, select

from app.models.maturity import maturity_answer
from app.store.upsert import upsert

_COLUMNS = ("question", "answer", "answered_by", "answered_at")


def answers(connection: Connection) -> list[RowMapping]:
    """Every answer, by question."""
    return list(connection.execute(select(maturity_answer).order_by(maturity_answer.c.question)).mappings())


def put(connection: Connection, question: str, *, answer: bool, by: str, now: datetime) -> None:
    """Answer a question, in place of what was answered before."""
    upsert(connection, maturity_answer, _COLUMNS, [(question, answer, by, now)])


def forget(connection: Connection, question: str) -> None:
    """Take an answer back."""
    connection.execute(delete(maturity_answer).where(maturity_answer.c.question == question))
