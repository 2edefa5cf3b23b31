"""`prodops import`: a file's records in the store, whatever stands in the file, and nothing of it twice."""

import csv
import io
import json
import logging
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest
import structlog
from sqlalchemy import func, select
from typer.testing import CliRunner

from app.api.tables import to_csv
from app.cli import app
from app.core.crypto import new_key
from app.core.db import Database
from app.models.facts import dirty_item
from app.models.usage import usage_day
from app.models.work import work_item
from tests.support.commands import PATIENCE, environment
from tests.support.stored import add_source

ITEM = "{id},{title},2026-01-01T00:00:00Z,2026-01-02T02:00:00+02:00\n"
HEADER = "external_id,title,created_at,updated_at\n"


ITEMS = ("--source", "Board", "--type", "work_items")


class Called(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    """A command sets up the logs of its process, which is that of all tests here."""
    before, root = structlog.get_config(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.configure(**before)
    root.handlers[:], root.level = handlers, level


@pytest.fixture
def folder(tmp_path: Path, sqlite_template: Path) -> Path:
    (tmp_path / "prodops.db").write_bytes(sqlite_template.read_bytes())
    with opened(tmp_path) as db:
        add_source(db, name="Board")
    return tmp_path


@contextmanager
def opened(folder: Path) -> Iterator[Database]:
    db = Database(f"sqlite:///{folder / 'prodops.db'}")
    try:
        yield db
    finally:
        db.close()


def titles(folder: Path) -> dict[str, str | None]:
    with opened(folder) as db, db.read() as connection:
        rows = connection.execute(select(work_item.c.external_id, work_item.c.title))
        return {row.external_id: row.title for row in rows}


def called(folder: Path, *arguments: str, given: str = "", **settings: str) -> Called:
    """In this process: starting another one would cost more than all that is tried here."""
    with chdir(folder):
        result = CliRunner().invoke(app, ["import", *arguments], input=given, env=environment(folder, **settings))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return Called(result.exit_code, result.stdout, " ".join(result.stderr.split()))


def run(folder: Path, content: str | bytes, *arguments: str, name: str = "items.csv") -> Called:
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return called(folder, name, *ITEMS, *arguments)


def test_a_file_lands_once_and_its_facts_are_built(folder: Path) -> None:
    content = HEADER + ITEM.format(id=1, title="One") + ITEM.format(id=2, title="Two")
    first = run(folder, content, "--yes", "--json")
    assert (first.returncode, json.loads(first.stdout)) == (
        0, {"accepted": 2, "unchanged": 0, "rejected": 0, "errors": []},
    )  # fmt: skip
    assert titles(folder) == {"1": "One", "2": "Two"}
    with opened(folder) as db, db.read() as connection:
        assert connection.execute(select(func.count()).select_from(dirty_item)).scalar_one() == 0
    again = run(folder, content, "--yes", "--json")
    assert json.loads(again.stdout) == {"accepted": 0, "unchanged": 2, "rejected": 0, "errors": []}


def test_columns_are_renamed_and_left_out(folder: Path) -> None:
    content = "Nr;Betreff;created_at;updated_at;Notiz\n1;Ein Ding;2026-01-01T00:00:00Z;2026-01-02T00:00:00Z;geheim\n"
    done = run(folder, content, "--yes", "--map", "Nr=external_id", "--map", "Betreff=title", "--map", "Notiz=")
    assert done.returncode == 0, done.stderr
    assert titles(folder) == {"1": "Ein Ding"}


def test_a_preview_shows_the_records_and_stores_nothing(folder: Path) -> None:
    content = HEADER + ITEM.format(id=1, title="[red]One") + "2,Two,yesterday,2026-01-02T00:00:00Z\n"
    shown = run(folder, content, "--preview")
    assert shown.returncode == 0
    assert "[red]One" in shown.stdout
    assert "2026-01-02T00:00:00Z" in shown.stdout  # the instant as it would be stored
    assert "created_at" in shown.stdout.partition("rejected")[2]
    told = json.loads(run(folder, content, "--preview", "--json").stdout)["preview"]
    assert told[0]["record"]["title"] == "[red]One"
    assert told[1]["errors"][0]["loc"] == ["created_at"]
    assert titles(folder) == {}


def test_nobody_to_ask_is_said_and_nothing_is_stored(folder: Path) -> None:
    refused = run(folder, HEADER + ITEM.format(id=1, title="One"))
    assert refused.returncode == 2
    assert "--yes" in refused.stderr
    assert titles(folder) == {}


def test_standard_input_and_ndjson(folder: Path) -> None:
    line = {"external_id": "7", "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"}
    done = called(folder, "-", *ITEMS, "--format", "ndjson", "--yes", given=json.dumps(line))
    assert done.returncode == 0, done.stderr
    assert titles(folder) == {"7": None}


def test_bad_lines_are_told_and_the_good_ones_land(folder: Path) -> None:
    bad = [
        '2,"never closed,2026-01-01T00:00:00Z,2026-01-02T00:00:00Z\n',
        "3,another date,01.02.2026,2026-01-02T00:00:00Z\n",
        f"4,{'x' * 2_000_000},2026-01-01T00:00:00Z,2026-01-02T00:00:00Z\n",
        "5,too,many,cells,here\n",
    ]
    good = [ITEM.format(id=number, title=f"fine {number}") for number in (10, 11, 12, 13)]
    content = HEADER + "".join(part for pair in zip(bad, good, strict=True) for part in pair)
    done = run(folder, content, "--yes", "--errors", "errors.ndjson")
    assert done.returncode == 1
    assert set(titles(folder)) == {"10", "11", "12", "13"}
    told = [json.loads(line) for line in (folder / "errors.ndjson").read_text().splitlines()]
    assert [one["line"] for one in told] == [2, 4, 6, 8]
    assert all(f"line {number}: " in done.stdout for number in (2, 4, 6, 8))
    assert "4 stored, 0 unchanged, 4 rejected" in done.stdout


def test_only_the_first_errors_are_shown_and_all_are_kept(folder: Path) -> None:
    content = HEADER + "".join(f"{number},bad,then,now\n" for number in range(25))
    done = run(folder, content, "--yes", "--errors", "errors.ndjson")
    assert done.returncode == 1
    assert "and 15 lines more" in done.stdout
    assert len((folder / "errors.ndjson").read_text().splitlines()) == 25


def test_a_formula_is_refused_unless_it_is_meant_and_leaves_as_a_text(folder: Path) -> None:
    formula = '=HYPERLINK("https://example.test")'
    quoted = formula.replace('"', '""')
    content = HEADER + ITEM.format(id=1, title=f'"\'{quoted}"') + ITEM.format(id=2, title=f'"{quoted}"')
    done = run(folder, content, "--yes")
    assert "line 3: title" in done.stdout
    assert "formula" in done.stdout
    assert titles(folder) == {"1": formula}
    told = next(csv.DictReader(io.StringIO(to_csv([{"title": titles(folder)["1"]}]).decode())))
    assert told["title"] == f"'{formula}"


@pytest.mark.parametrize("content", [
    b"\xef\xbb\xbf" + (HEADER + ITEM.format(id=1, title="One")).encode(),
    (HEADER + ITEM.format(id=1, title="One")).replace("\n", "\r\n").encode(),
    b"\n\n" + (HEADER + ITEM.format(id=1, title="One")).rstrip("\n").encode(),
])  # fmt: skip
def test_marks_line_ends_and_blank_lines_mean_nothing(folder: Path, content: bytes) -> None:
    assert run(folder, content, "--yes").returncode == 0
    assert titles(folder) == {"1": "One"}


@pytest.mark.parametrize(("content", "arguments", "named"), [
    ("external_id,titel\n1,x\n", [], ["'titel'", "title, ", "--map"]),
    (HEADER + ITEM.format(id=1, title="x"), ["--map", "Betreff=title"], ["'Betreff'", "external_id, title"]),
    (HEADER, ["--map", "title=subject"], ["'subject'", "resolution"]),
    (HEADER, ["--map", "title"], ["COLUMN=FIELD"]),
    (HEADER, ["--map", "title=key", "--map", "title=url"], ["twice"]),
    ("", [], ["empty"]),
    (HEADER.encode("utf-16"), [], ["UTF-16", "UTF-8"]),
    (b"PK\x03\x04\x14\x00\x06", [], ["spreadsheet", "CSV"]),
    ((HEADER + ITEM.format(id=1, title="x")).replace("\n", "\r"), [], ["carriage return", "line ends"]),
    (b"x" * 2_000_000, [], ["first line", "too long"]),
    ('"never closed\n1\n', [], ["first line", "quote"]),
    (HEADER, ["--errors", "items.csv"], ["--errors"]),
    (HEADER, ["--errors", "nowhere/errors"], ["nowhere/errors"]),
])  # fmt: skip
def test_a_file_that_cannot_be_meant_is_refused_in_a_sentence(
    folder: Path, content: str | bytes, arguments: list[str], named: list[str]
) -> None:
    refused = run(folder, content, "--yes", *arguments)
    assert refused.returncode == 2
    assert all(part in refused.stderr for part in named), refused.stderr
    assert "Traceback" not in refused.stderr
    assert titles(folder) == {}


@pytest.mark.parametrize(("file", "named"), [
    ("nope.csv", "no file"), ("a_folder", "a folder"), ("data.xlsx", "--format"), ("prodops.ndjson/x.csv", "prodops"),
])  # fmt: skip
def test_what_is_no_file_is_refused_in_a_sentence(folder: Path, file: str, named: str) -> None:
    (folder / "a_folder").mkdir()
    (folder / "prodops.ndjson").touch()
    form = () if "xlsx" in file else ("--format", "csv")
    refused = called(folder, file, *ITEMS, "--yes", *form)
    assert refused.returncode == 2
    assert named in refused.stderr
    assert "Traceback" not in refused.stderr


def test_an_unknown_type_or_source_is_answered_with_those_that_are(folder: Path) -> None:
    (folder / "a.csv").write_text(HEADER)
    typed = called(folder, "a.csv", "--source", "Board", "--type", "tickets", "--yes")
    assert (typed.returncode, "work_items" in typed.stderr) == (2, True)
    named = called(folder, "a.csv", "--source", "Bored", "--type", "work_items", "--yes")
    assert (named.returncode, "'Board'" in named.stderr) == (2, True)


def test_renaming_is_for_csv(folder: Path) -> None:
    refused = run(folder, "{}", "--yes", "--map", "a=title", name="items.ndjson")
    assert (refused.returncode, "--map" in refused.stderr) == (2, True)


def test_events_need_a_key_and_say_so(folder: Path) -> None:
    event = {"external_id": "1", "account": "a", "event": "opened", "at": "2026-01-01T10:00:00Z"}
    (folder / "e.ndjson").write_text(json.dumps(event))
    command = ("e.ndjson", "--source", "Board", "--type", "usage_events", "--yes")
    refused = called(folder, *command)
    assert (refused.returncode, "PRODOPS_SECRET_KEYS" in refused.stderr) == (2, True)
    assert called(folder, *command, PRODOPS_SECRET_KEYS=new_key()).returncode == 0


def test_killed_in_the_middle_and_started_again_it_ends_with_the_same_store(folder: Path) -> None:
    days = [datetime(2026, 1, day, tzinfo=UTC).date() for day in range(1, 29)]
    rows = [(f"account {number}", "opened", day, number % 7 + 1) for number in range(1_400) for day in days]
    content = "account,event,day,count\n" + "".join(f"{a},{e},{d},{c}\n" for a, e, d, c in rows)
    (folder / "days.csv").write_text(content)
    command = ["days.csv", "--source", "Board", "--type", "usage_days", "--yes", "--json"]
    victim = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "import", *command],
        cwd=folder,
        env=environment(folder),
        stdout=subprocess.DEVNULL,
    )
    with opened(folder) as db:
        stored, end = 0, time.monotonic() + PATIENCE
        while not stored and victim.poll() is None and time.monotonic() < end:
            with db.read() as connection:
                stored = connection.execute(select(func.count()).select_from(usage_day)).scalar_one()
        victim.send_signal(signal.SIGKILL)
        victim.wait()
        with db.read() as connection:
            stored = connection.execute(select(func.count()).select_from(usage_day)).scalar_one()
        assert 0 < stored < len(rows), "It was killed too early or too late to tell anything."
        done = json.loads(called(folder, *command).stdout)
        assert (done["accepted"], done["unchanged"], done["rejected"]) == (len(rows) - stored, stored, 0)
        with db.read() as connection:
            columns = (usage_day.c.account, usage_day.c.event, usage_day.c.day, usage_day.c.count)
            assert {tuple(row) for row in connection.execute(select(*columns))} == set(rows)
