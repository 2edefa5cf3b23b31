"""`/admin/accounts`: the vendors' accounts that belong to nobody yet, and to whom they may belong."""

from functools import partial
from typing import Any
from uuid import UUID

from fastapi import Response

from app.web.admin.desk import NOTHING, Desk, Entered, Refused, TheDesk, text
from app.web.routing import page, pages

routes = pages()

SHOWN = {
    "unjoined": {"person": "none", "kind": "human"},
    "conflicts": {"conflict": "true"},
    "all": {},
}
"""The lists, as the API filters them."""


@routes.get("/admin/accounts", **page("editor"))
async def list_accounts(desk: TheDesk, shown: str = "unjoined", text: str = "", cursor: str = "") -> Response:
    """Accounts, those without a person first of all."""
    return await _accounts(desk, shown=shown, searched=text, cursor=cursor)


@routes.get("/admin/accounts/{account_id}", **page("editor"))
async def show_account(desk: TheDesk, account_id: UUID) -> Response:
    """One account, and every join of it with its reason."""
    return await _account(desk, account_id)


@routes.post("/admin/accounts/{account_id}", **page("editor"))
async def join(desk: TheDesk, account_id: UUID) -> Response:
    """Join an account to a person by name or address, undo the join, or say what that would change."""
    form = await desk.form()
    act = text(form, "act")
    named = text(form, "person")
    person_id = None if act == "undo" else await _found(desk, named)
    again = partial(_account, desk, account_id, named=named)
    if act != "undo" and person_id is None:
        return await again(unknown=True)
    body = {"person_id": person_id}
    if act == "preview":
        try:
            return await again(effect=await desk.api("PATCH", f"/accounts/{account_id}", body, preview="true"))
        except Refused as refused:
            return await again(Entered({}, refused))
    notice = "undone" if act == "undo" else "joined"
    return await desk.outcome(again, notice, "/admin/accounts", "PATCH", f"/accounts/{account_id}", body)


@routes.post("/admin/accounts/{account_id}/automation", **page("editor"))
async def say_automation(desk: TheDesk, account_id: UUID) -> Response:
    """Say whether an account acts by itself."""
    said = {"yes": True, "no": False}.get(text(await desk.form(), "automation"))
    here = f"/accounts/{account_id}"
    return await desk.outcome(
        partial(_account, desk, account_id), "saved", f"/admin{here}", "PATCH", here, {"automation": said}
    )


async def _accounts(desk: Desk, *, shown: str, searched: str, cursor: str) -> Response:
    shown = shown if shown in SHOWN else "unjoined"
    coverage = await desk.api("GET", "/identity")
    listed = await desk.api(
        "GET", "/accounts", text=searched or None, cursor=cursor or None, limit="50", **SHOWN[shown]
    )
    more = None if listed["next"] is None else desk.view.here(cursor=listed["next"])
    names = {one["source_id"]: one["name"] for one in coverage["sources"]}
    return await desk.shown(
        "accounts.html", accounts=listed["items"], more=more, which=shown, searched=searched, coverage=coverage,
        names=names,
    )  # fmt: skip


async def _account(
    desk: Desk, account_id: UUID, entered: Entered = NOTHING, *, named: str = "", unknown: bool = False,
    effect: dict[str, Any] | None = None,
) -> Response:  # fmt: skip
    account = await desk.api("GET", f"/accounts/{account_id}")
    ids = {join["person_id"] for join in account["joins"]} | {account["person_id"]}
    people = await desk.every("/people")
    names = {one["id"]: one["name"] or one["email"] or one["id"] for one in people if one["id"] in ids}
    return await desk.shown(
        "account_of_vendor.html", entered, account=account, names=names, people=people[:2_000], named=named,
        unknown=unknown, effect=effect,
    )  # fmt: skip


async def _found(desk: Desk, named: str) -> str | None:
    """The one person with this address or name."""
    if not named:
        return None
    people = await desk.every("/people", text=named)
    wanted = named.casefold()
    exact = [one for one in people if wanted in ((one["email"] or "").casefold(), (one["name"] or "").casefold())]
    found = exact or people
    return str(found[0]["id"]) if len(found) == 1 else None
