"""`/welcome`: the first-run wizard makes the first admin, while nobody has an account.

Whoever reaches the service first must not take it: the wizard asks for the set-up code that the service prints
when it starts, or for PRODOPS_ADMIN_TOKEN.
"""

import hmac
from typing import Annotated

from fastapi import Form, Response
from pydantic import BaseModel, Field

from app.core import passwords
from app.core.errors import NotFoundError
from app.core.passwords import WeakPasswordError
from app.core.texts import marked
from app.store import audit, sign_ins, users
from app.web import guard
from app.web.routing import open_page, pages
from app.web.sign_in import set_session
from app.web.view import TheView, View

routes = pages()
_GUESSED = sign_ins.subject("account", "set-up code")

WRONG = {
    "code": marked("This is not the set-up code: the service prints it when it starts."),
    "wait": marked("Too many attempts: wait for %(wait)s, then try again."),
    "email": marked("Enter an e-mail address."),
    "name": marked("Enter your name."),
    "password": marked("Choose a password of 12 characters or more, five of them different."),
    "repeat": marked("The two passwords differ."),
}
"""What may be wrong in the form."""


@routes.get("/welcome", **open_page())
def show_welcome(view: TheView, code: str = "") -> Response:
    """The form for the first admin."""
    if not _is_first(view):
        return view.redirect("/sign-in")
    return view.render("welcome.html", code=code, email="", name="", wrong="", wrong_text="")


class FirstAdmin(BaseModel):
    """The wizard's form."""

    code: str = Field(default="", max_length=1_000)
    email: str = Field(default="", max_length=320)
    name: str = Field(default="", max_length=200)
    password: str = Field(default="", max_length=1_000)
    repeat: str = Field(default="", max_length=1_000)

    def wrong(self) -> str:
        """The key in WRONG of what is wrong first; empty where nothing is."""
        user, _, host = self.email.strip().partition("@")
        if not user or not host or any(character.isspace() for character in self.email.strip()):
            return "email"
        if not self.name.strip():
            return "name"
        if self.password != self.repeat:
            return "repeat"
        try:
            passwords.check(self.password)
        except WeakPasswordError:
            return "password"
        return ""


@routes.post("/welcome", **open_page())
def welcome(view: TheView, form: Annotated[FirstAdmin, Form()]) -> Response:
    """Make the first admin and sign in."""
    if not _is_first(view):
        raise NotFoundError("The first account is there already.")
    wait = _count_attempt(view)
    wrong = "wait" if wait else _check_code(view, form.code) or form.wrong()
    if wrong:
        said = view.gettext(WRONG[wrong], **({"wait": wait} if wrong == "wait" else {}))
        return view.render(
            "welcome.html", status=422, code=form.code, email=form.email, name=form.name, wrong=wrong, wrong_text=said
        )
    now, password_hash = view.clock.now(), passwords.hash_of(form.password)
    with view.service.database.write() as connection:
        users.lock_first(connection)
        if not users.are_none(connection):
            raise NotFoundError("The first account is there already.")
        user_id = users.add(
            connection,
            email=form.email,
            name=form.name.strip(),
            password_hash=password_hash,
            role="admin",
            locale=str(view.language),
            now=now,
        )
        if user_id is None:
            raise LookupError("There is an account although there is none.")
        audit.record(
            connection, at=now, actor="set-up", action="user.create", target=f"user:{user_id}", detail={"role": "admin"}
        )
        secret = guard.begin(view.service, connection, user_id, None)
    response = view.redirect("/signed-in", next="/admin/start")
    set_session(response, secret)
    return response


def _is_first(view: View) -> bool:
    with view.service.database.read() as connection:
        return users.are_none(connection)


def _count_attempt(view: View) -> str:
    """How long guessing the code has to wait; empty where it has not."""
    now = view.clock.now()
    with view.service.database.write() as connection:
        until = sign_ins.attempt(connection, [_GUESSED], now)
    return "" if until is None else view.language.duration((until - now).total_seconds())


def _check_code(view: View, code: str) -> str:
    """`code` for a wrong one, empty for the right one."""
    if not _is_code(view, code):
        return "code"
    with view.service.database.write() as connection:
        sign_ins.forget(connection, _GUESSED)
    return ""


def _is_code(view: View, code: str) -> bool:
    service = view.service
    known = [secret for secret in (service.setup_code, service.settings.admin_token) if secret is not None]
    given = code.strip().encode("utf-8", "surrogateescape")
    return any(hmac.compare_digest(secret.get_secret_value().encode(), given) for secret in known)
