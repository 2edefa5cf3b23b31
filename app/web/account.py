"""`/account`: one's own name, language and password, and the end of all one's sessions."""

from typing import Annotated
from uuid import UUID

from fastapi import Form, Response

from app.api import sessions
from app.core import passwords
from app.core.passwords import WeakPasswordError
from app.core.texts import marked
from app.store import sign_ins, user_sessions, users
from app.web import guard
from app.web.routing import page, pages
from app.web.sign_in import set_session
from app.web.view import TheView, View

routes = pages()

NOTICES = {
    "saved": marked("Saved."),
    "password": marked("The password is changed; every other session has ended."),
    "wrong": marked("The present password is not this one."),
    "wait": marked("Too many attempts: try again in a quarter of an hour."),
    "weak": marked("Choose a password of 12 characters or more, five of them different."),
    "repeat": marked("The two passwords differ."),
}
"""What happened, above the page."""


@routes.get("/account", **page("viewer"))
def show_account(view: TheView, notice: str = "") -> Response:
    """One's own account."""
    with view.service.database.read() as connection:
        row = users.get(connection, _user_id(view))
    return view.render(
        "account.html", account=row, notice=NOTICES.get(notice, ""), failed=notice not in ("saved", "password")
    )


@routes.post("/account", **page("viewer"))
def change_account(
    view: TheView, name: Annotated[str, Form(max_length=200)] = "", locale: Annotated[str, Form()] = ""
) -> Response:
    """Change the name and the language."""
    values = {"name": name.strip() or view.user.name, "locale": locale if locale in ("fr", "en") else None}
    with view.act() as act:
        users.change(act.connection, _user_id(view), values)
        act.audit("user.change", act.actor, fields=sorted(values))
    # The language of the account is to show at once, whatever the browser kept.
    return view.redirect("/account", notice="saved", **({"lang": locale} if values["locale"] else {}))


@routes.post("/account/password", **page("viewer"))
def change_password(
    view: TheView,
    present: Annotated[str, Form(max_length=1_000)] = "",
    password: Annotated[str, Form(max_length=1_000)] = "",
    repeat: Annotated[str, Form(max_length=1_000)] = "",
) -> Response:
    """Change the password; every other session ends."""
    user_id, database = _user_id(view), view.service.database
    guessed = sign_ins.subject("account", f"password of {user_id}")
    with database.write() as connection:
        until = sign_ins.attempt(connection, [guessed], view.clock.now())
        stored = users.password_hash(connection, user_id)
    if until is not None:
        return view.redirect("/account", notice="wait")
    if not passwords.matches(present, stored):
        return view.redirect("/account", notice="wrong")
    if password != repeat:
        return view.redirect("/account", notice="repeat")
    try:
        password_hash = passwords.hash_of(password)
    except WeakPasswordError:
        return view.redirect("/account", notice="weak")
    with view.act() as act:
        sign_ins.forget(act.connection, guessed)
        users.change(act.connection, user_id, {"password_hash": password_hash})
        user_sessions.end_all(act.connection, user_id)
        act.audit("user.password", act.actor)
        secret = guard.begin(view.service, act.connection, user_id, None)
    response = view.redirect("/account", notice="password")
    set_session(response, secret)
    return response


@routes.post("/account/sign-out-everywhere", **page("viewer"))
def sign_out_everywhere(view: TheView) -> Response:
    """End every session of one's own, this one too."""
    with view.act() as act:
        ended = user_sessions.end_all(act.connection, _user_id(view))
        act.audit("user.sign_out_everywhere", act.actor, sessions=ended)
    response = view.redirect("/sign-in")
    response.delete_cookie(sessions.COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    return response


def _user_id(view: View) -> UUID:
    if view.user.user_id is None:
        raise LookupError("Pages are for people who signed in.")
    return view.user.user_id
