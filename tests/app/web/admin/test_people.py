"""People, teams, users, tokens and the rest: each form is taken once and shows what it did."""

import re

import httpx

from tests.app.web.conftest import PASSWORD, Browser


def made(admin: Browser, path: str, **fields: str | list[str]) -> None:
    answer = admin.post(path, **fields)
    assert answer.status_code == 303, answer.text


def link(page: str, text: str) -> str:
    """The address behind a link."""
    found = re.search(rf'href="([^"]+)">(?:<strong>)?{re.escape(text)}<', page)
    assert found is not None, text
    return found[1]


def test_somebody_joins_a_team_after_a_preview(admin: Browser) -> None:
    made(admin, "/admin/teams", name="Checkout", parent_id="")
    made(admin, "/admin/people", name="Ada Lovelace", email="ada@example.com")
    person = link(admin.get("/admin/people").text, "Ada Lovelace")
    team = link(admin.get("/admin/teams").text, "Checkout").rpartition("/")[2]
    row = {"id": team, "from": "2026-01-05", "to": ""}
    preview = admin.post(f"{person}/teams", act="preview", **row)
    assert "Nothing is saved yet." in preview.text
    assert re.search(r"Checkout.*0 → 1", preview.text)
    assert "0 people" in admin.get("/admin/teams").text
    made(admin, f"{person}/teams", act="save", **row)
    assert "1 person" in admin.get("/admin/teams").text
    assert 'name="from" value="2026-01-05"' in admin.get(f"/admin/teams/{team}").text


def test_a_team_is_not_below_itself(admin: Browser) -> None:
    made(admin, "/admin/teams", name="Checkout", parent_id="")
    team = link(admin.get("/admin/teams").text, "Checkout")
    refused = admin.post(team, name="Checkout", parent_id=team.rpartition("/")[2])
    assert refused.status_code == 422
    assert "Something is not right yet:" in refused.text
    assert "A team cannot be below itself" in refused.text


def test_a_list_is_brought_in_and_its_faults_are_said_by_line(admin: Browser) -> None:
    table = "email,name\nada@example.com,Ada\nno-address,Nobody\n"
    answer: httpx.Response = admin.ask(
        "POST", "/admin/people/import", data={"what": "people", "csrf_token": admin.csrf_token()},
        files={"file": ("people.csv", table, "text/csv")},
    )  # fmt: skip
    assert "Ada" in answer.text
    assert re.search(r"\d lines taken", answer.text)


def test_a_token_is_shown_once(admin: Browser) -> None:
    shown = admin.post("/admin/tokens", name="Grafana", role="viewer", team_id="", source_id="", expires_on="")
    secret = re.search(r'class="secret">([^<]+)<', shown.text)
    assert secret is not None
    page = admin.get("/admin/tokens").text
    assert "Grafana" in page
    assert secret[1] not in page
    revoke = re.search(r'action="(/admin/tokens/[^"]+/revoke)"', page)
    assert revoke is not None
    made(admin, revoke[1])
    assert "revoked" in admin.get("/admin/tokens").text


def test_a_user_is_made_and_disabled_and_the_last_admin_stays(admin: Browser) -> None:
    made(admin, "/admin/users", name="Grace", email="grace@example.com", role="viewer", password=PASSWORD)
    page = admin.get("/admin/users").text
    assert "grace@example.com" in page
    assert PASSWORD not in page
    weak = admin.post("/admin/users", name="X", email="x@example.com", role="viewer", password="short")
    assert (weak.status_code, "x@example.com" in weak.text) == (422, True)
    role = re.search(r"Admin</strong>.*?action=\"(/admin/users/[^\"]+/role)\"", page, re.DOTALL)
    assert role is not None
    refused = admin.post(role[1], role="viewer")
    assert refused.status_code == 409
    assert "only admin" in refused.text
    disable = re.search(r"Grace</strong>.*?action=\"(/admin/users/[^\"]+/disabled)\"", page, re.DOTALL)
    assert disable is not None
    made(admin, disable[1], disabled="on")
    assert admin.sign_in("grace@example.com").status_code == 401


def test_settings_are_changed_and_the_audit_says_by_whom(admin: Browser) -> None:
    made(admin, "/admin/settings", timezone="Europe/Paris", locale="fr", min_group="7")
    assert 'value="7"' in admin.get("/admin/settings").text
    refused = admin.post("/admin/settings", timezone="Nowhere/Land", locale="fr", min_group="7")
    assert re.search(r'name="timezone" value="Nowhere/Land"[^>]*aria-invalid', refused.text)
    audit = admin.get("/admin/audit?action=settings.change").text
    assert "settings.change" in audit
    assert "<td>Admin</td>" in audit


def test_a_calendar_is_made_of_lines_of_hours(admin: Browser) -> None:
    hours = {f"days.{day}": "9:00-12:30, 13:30-18:00" for day in ("monday", "tuesday", "wednesday")}
    fields = {"name": "Short week", "holidays.country": "FR", "default": "on", **hours}
    made(admin, "/admin/calendars/new", **fields, **COMPANY)
    page = admin.get("/admin/calendars").text
    assert "09:00–12:30, 13:30–18:00" in page
    here = link(page, "Short week")
    form = admin.get(here).text
    assert re.findall(r'name="company.(?:date|hours|name)" value="([^"]+)"', form) == [
        "2026-05-15", "Bridge", "2026-12-24", "09:00–12:00", "Christmas Eve",
    ]  # fmt: skip
    assert "Pentecost Monday" in form
    french = admin.get(f"{here}?lang=fr").text
    assert 'value="Pentecost Monday"> <span>Lundi de Pentecôte' in french
    assert '<option value="DE">Allemagne</option>' in french
    made(admin, here, **fields, **COMPANY, **{"holidays.worked": "Pentecost Monday"})
    assert 'value="Pentecost Monday" checked' in admin.get(here).text


COMPANY = {
    "company.date": ["", "2026-05-15", "2026-12-24"], "company.hours": ["", "", "9:00-12:00"],
    "company.name": ["", "Bridge", "Christmas Eve"],
}  # fmt: skip


def test_what_is_wrong_with_a_calendar_stands_at_its_field(admin: Browser) -> None:
    bad = {**COMPANY, "company.hours": ["", "", "12:00-9:00"]}
    place = {"holidays.country": "FR", "holidays.subdivision": "Atlantis"}
    refused = admin.post("/admin/calendars/new", name="Odd", **{"days.monday": "9:00-12:00"}, **bad)
    assert refused.status_code == 422
    assert re.search(
        r'value="12:00-9:00"[^>]*aria-invalid="true" aria-describedby="company-1-hours-wrong"', refused.text
    )
    assert 'value="Christmas Eve"' in refused.text
    refused = admin.post("/admin/calendars/new", name="Odd", **{"days.monday": "9:00-12:00"}, **place)
    assert re.search(r'value="Atlantis"[^>]*aria-invalid', refused.text)
    refused = admin.post("/admin/calendars/new", name="Odd", **{"days.monday": "18:00-9:00"})
    assert refused.status_code == 422
    assert re.search(r'name="days.monday"[^>]*aria-invalid', refused.text)


ALERT = {
    "name": "Slow", "question.metric": "cycle_time", "measure": "p85", "above": "36,0", "below": "",
    "question.days": "28", "question.team": "", "question.clock": "elapsed", "apart": "on",
}  # fmt: skip


def test_an_alert_is_made_in_hours_changed_and_removed(admin: Browser) -> None:
    made(admin, "/admin/alerts/new", **ALERT)
    page = admin.get("/admin/alerts").text
    assert re.search(r"Cycle time \(85th percentile\) above 1\sd\s12\sh", page)
    assert "not looked at yet" in page
    here = link(page, "Slow")
    form = admin.get(here).text
    assert 'name="above" value="36"' in form
    assert re.search(r'name="apart" value="on" checked', form)
    made(admin, here, **{**ALERT, "question.metric": "automation_rate", "measure": "", "above": "", "below": "20"})
    page = admin.get("/admin/alerts").text
    assert re.search(r"Automation rate\s+below 20%", page)
    # Without the tick it is not looked at any more.
    assert ">off<" in page
    made(admin, f"{here}/delete")
    assert "No alert yet" in admin.get("/admin/alerts").text


def test_what_is_wrong_with_an_alert_stands_at_its_field_and_keeps_what_was_typed(admin: Browser) -> None:
    refused = admin.post("/admin/alerts/new", **{**ALERT, "name": "Kept", "above": "much"})
    assert refused.status_code == 422
    assert 'id="f-above-wrong"' in refused.text
    assert 'name="name" value="Kept"' in refused.text
    assert 'name="above" value="much"' in refused.text
    measure = admin.post("/admin/alerts/new", **{**ALERT, "question.metric": "throughput"})
    assert 'id="f-measure-wrong"' in measure.text
    nothing = admin.post("/admin/alerts/new", **{**ALERT, "above": ""})
    assert 'id="f-above-wrong"' in nothing.text


def test_a_stay_that_ends_before_it_begins_is_wrong_in_its_row(admin: Browser) -> None:
    made(admin, "/admin/teams", name="Checkout", parent_id="")
    made(admin, "/admin/people", name="Ada Lovelace", email="ada@example.com")
    person = link(admin.get("/admin/people").text, "Ada Lovelace")
    team = link(admin.get("/admin/teams").text, "Checkout")
    for here, path, one in ((team, "members", person), (person, "teams", team)):
        row = {"id": one.rpartition("/")[2], "from": "2026-02-02", "to": "2026-01-05"}
        refused = admin.post(f"{here}/{path}?lang=fr", act="save", **row)
        assert refused.status_code == 422
        assert re.search(
            r'name="to" value="2026-01-05" aria-invalid="true" aria-describedby="stay-0-wrong"', refused.text
        )
        assert re.search(r'id="stay-0-wrong">.*L’appartenance se termine avant de commencer', refused.text, re.DOTALL)


def test_a_table_with_a_wrong_head_is_refused_beside_the_file_and_what_it_holds_stays_chosen(admin: Browser) -> None:
    answer = admin.ask(
        "POST", "/admin/people/import?lang=fr", data={"what": "teams", "csrf_token": admin.csrf_token()},
        files={"file": ("teams.csv", "titre,chef\nA,B\n", "text/csv")},
    )  # fmt: skip
    assert answer.status_code == 422
    assert 'value="teams" checked' in answer.text
    assert re.search(r'id="file-wrong">\s*<span>La première ligne doit nommer les colonnes', answer.text)
