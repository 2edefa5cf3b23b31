"""`/admin/users`: who may sign in, and as what."""

from functools import partial
from uuid import UUID

from anyio.to_thread import run_sync
from fastapi import Response

from app.core import passwords
from app.core.errors import ConflictError, InvalidError, NotFoundError, ProblemError
from app.core.passwords import WeakPasswordError
from app.core.texts import marked
from app.store import sign_ins, user_sessions, users
from app.web.admin.desk import NOTHING, Desk, Entered, Refused, TheDesk, entered_values, text
from app.web.routing import page, pages

routes = pages()

ROLES = {
    "viewer": marked("Viewer: sees the numbers"),
    "editor": marked("Editor: also people, teams, meanings and digests"),
    "admin": marked("Admin: everything"),
}
"""What somebody may do."""


@routes.get("/admin/users", **page("admin"))
async def list_users(desk: TheDesk) -> Response:
    """Who may sign in."""
    return await _page(desk)


@routes.post("/admin/users", **page("admin"))
async def add_user(desk: TheDesk) -> Response:
    """Make an account, with a first password that its owner changes."""
    form = await desk.form()
    entered = {name: value for name, value in entered_values(form).items() if name != "password"}
    work = partial(_add, desk, entered, text(form, "password"))
    return await _done(desk, work, "created", entered)


@routes.post("/admin/users/{user_id}/role", **page("admin"))
async def change_role(desk: TheDesk, user_id: UUID) -> Response:
    """Let somebody do more, or less."""
    return await _done(desk, partial(_change, desk, user_id, role=text(await desk.form(), "role")), "saved")


@routes.post("/admin/users/{user_id}/disabled", **page("admin"))
async def disable(desk: TheDesk, user_id: UUID) -> Response:
    """Let somebody sign in no more, or again."""
    disabled = text(await desk.form(), "disabled") == "on"
    return await _done(desk, partial(_change, desk, user_id, disabled=disabled), "saved")


@routes.post("/admin/users/{user_id}/password", **page("admin"))
async def reset_password(desk: TheDesk, user_id: UUID) -> Response:
    """Set a new password; every session of the account ends."""
    password = text(await desk.form(), "password")
    return await _done(desk, partial(_reset, desk, user_id, password), "password")


async def _done(desk: Desk, work: partial[None], notice: str, entered: dict[str, str] | None = None) -> Response:
    try:
        await run_sync(work)
    except ProblemError as error:
        return await _page(desk, Entered(entered or {}, Refused(error.body(desk.view.request.url.path))))
    return desk.view.redirect("/admin/users", notice=notice)


async def _page(desk: Desk, entered: Entered = NOTHING) -> Response:
    return await desk.shown("users.html", entered, accounts=await run_sync(_every, desk), roles=ROLES)


def _every(desk: Desk) -> list[dict[str, object]]:
    with desk.view.service.database.read() as connection:
        return [dict(row) for row in users.every(connection)]


def _add(desk: Desk, given: dict[str, str], password: str) -> None:
    name, host = given.get("email", "").partition("@")[::2]
    if not name or not host:
        raise InvalidError.at(["body", "email"], "Enter an e-mail address.")
    _check_role(given.get("role", ""))
    hashed = _hashed(password)
    with desk.view.act() as act:
        user_id = users.add(
            act.connection,
            email=given["email"],
            name=given.get("name") or given["email"],
            password_hash=hashed,
            role=given["role"],
            locale=None,
            now=act.now,
        )
        if user_id is None:
            raise ConflictError(f"There is an account with the address '{users.address(given['email'])}'.")
        act.audit("user.create", f"user:{user_id}", role=given["role"])


def _change(desk: Desk, user_id: UUID, *, role: str | None = None, disabled: bool | None = None) -> None:
    if role is not None:
        _check_role(role)
    with desk.view.act() as act:
        users.lock_first(act.connection)
        row = users.get(act.connection, user_id)
        if row is None:
            raise NotFoundError("There is no account with this id.")
        lost = row["role"] == "admin" and row["disabled_at"] is None and (role not in (None, "admin") or disabled)
        if lost and users.admins(act.connection) == 1:
            raise ConflictError("This is the only admin who can sign in: make another one first.")
        if role is not None:
            users.change(act.connection, user_id, {"role": role})
            act.audit("user.change", f"user:{user_id}", role=role)
        if disabled is not None:
            users.change(act.connection, user_id, {"disabled_at": act.now if disabled else None})
            act.audit("user.disable" if disabled else "user.enable", f"user:{user_id}")
        user_sessions.end_all(act.connection, user_id)


def _reset(desk: Desk, user_id: UUID, password: str) -> None:
    hashed = _hashed(password)
    with desk.view.act() as act:
        row = users.get(act.connection, user_id)
        if row is None:
            raise NotFoundError("There is no account with this id.")
        users.change(act.connection, user_id, {"password_hash": hashed})
        user_sessions.end_all(act.connection, user_id)
        sign_ins.forget(act.connection, sign_ins.subject("account", row["email"]))
        act.audit("user.password", f"user:{user_id}")


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise InvalidError.at(["body", "role"], "There is no such role.")


def _hashed(password: str) -> str:
    try:
        return passwords.hash_of(password)
    except WeakPasswordError as error:
        raise InvalidError.at(["body", "password"], str(error)) from error
