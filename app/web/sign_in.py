"""`/sign-in` and `/sign-out`."""

from typing import Annotated

from fastapi import Form, Request, Response

from app.api import sessions
from app.store import user_sessions, users
from app.web import guard
from app.web.routing import open_page, page, pages
from app.web.view import TheView

routes = pages()


@routes.get("/sign-in", **open_page())
def show_sign_in(view: TheView, next: str = "/", kept: str = "") -> Response:  # noqa: A002 - the address' own word
    """The form; whoever has signed in goes on at once."""
    if view.principal is not None:
        return view.redirect(_own(next))
    with view.service.database.read() as connection:
        if users.are_none(connection):
            return view.redirect("/welcome")
    # The browser came back from signing in without the cookie that it was given.
    lost = kept == "expected"
    return view.render("sign_in.html", next=_own(next), email="", wrong=False, wait=None, lost=lost)


@routes.post("/sign-in", **open_page())
def sign_in(
    view: TheView,
    email: Annotated[str, Form(max_length=320)] = "",
    password: Annotated[str, Form(max_length=1_000)] = "",
    next: Annotated[str, Form()] = "/",  # noqa: A002 - the address' own word
) -> Response:
    """Begin a session."""
    now = view.clock.now()
    outcome = guard.sign_in(
        view.service,
        email=email,
        password=password,
        address=_address(view.request),
        earlier=view.request.scope["session"],
    )
    if isinstance(outcome, guard.Refused):
        wait = None if outcome.until is None else view.language.duration((outcome.until - now).total_seconds())
        status = 401 if wait is None else 429
        response = view.render(
            "sign_in.html", status=status, next=_own(next), email=email, wrong=wait is None, wait=wait, lost=False
        )
        if outcome.until is not None:
            response.headers["Retry-After"] = str(round((outcome.until - now).total_seconds()))
        return response
    response = view.redirect("/signed-in", next=_own(next))
    set_session(response, outcome)
    return response


@routes.get("/signed-in", **open_page())
def go_on(view: TheView, next: str = "/") -> Response:  # noqa: A002 - the address' own word
    """Where the sign-in leads: shows whether the browser kept the cookie."""
    if view.principal is None:
        return view.redirect("/sign-in", next=_own(next), kept="expected")
    return view.redirect(_own(next))


@routes.post("/sign-out", **page("viewer"))
def sign_out(view: TheView) -> Response:
    """End the session."""
    with view.act() as act:
        user_sessions.end(act.connection, view.request.scope["session"])
        act.audit("user.sign_out", act.actor)
    response = view.redirect("/sign-in")
    response.delete_cookie(sessions.COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    return response


def set_session(response: Response, secret: str) -> None:
    """Hand the browser its session."""
    response.set_cookie(sessions.COOKIE, secret, path="/", secure=True, httponly=True, samesite="lax")


def _own(path: str) -> str:
    """A path of ours; the overview in place of an address elsewhere."""
    own = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if own and not path.startswith(("/sign", "/welcome")) else "/"


def _address(request: Request) -> str:
    return "" if request.client is None else request.client.host
