"""What connectors say in English is said in French on a French page: every sentence of theirs that a check can show."""

import ast
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

import connectors
from app.core.language import Language
from app.web.admin.told import told

ROOT = Path(connectors.__file__).parent
FILES = sorted(
    path
    for vendor in ("kit", "jira", "asana", "slack", "mixpanel", "push")
    for path in (ROOT / vendor).glob("*.py")
    if path.name in ("check.py", "checks.py", "hosts.py", "connector.py") or (vendor, path.name) == ("jira", "api.py")
)
SAYING = {"Check", "ConfigError", "AuthError", "Transient", "NotOffered", "_slow", "_Extra"}


def sentences(path: Path) -> Iterator[str]:
    """What the calls in a module that make a finding or an error say, with 7 for each value."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in SAYING:
            for said in call.args[2:] if getattr(call.func, "id", "") == "Check" else call.args:
                yield from (text for text in written(said) if re.search("[a-z].* ", text))


def written(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    if isinstance(node, ast.IfExp):
        return [*written(node.body), *written(node.orelse)]
    if isinstance(node, ast.JoinedStr):
        parts = [
            (written(part.value) or ["7"]) if isinstance(part, ast.FormattedValue) else written(part)
            for part in node.values
        ]
        # Where the ending of a plural is left out, there is one of it.
        return ["".join(chosen).replace(*(("7", "1") if "" in chosen else ("", ""))) for chosen in product(*parts)]
    return []


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_every_sentence_of_a_check_is_known_in_french(path: Path) -> None:
    assert [said for said in sentences(path) if told(said, Language.FR) is None] == []


def test_there_are_such_sentences() -> None:
    assert sum(len(list(sentences(path))) for path in FILES) > 90


@pytest.mark.parametrize(
    ("english", "french"),
    [
        ("12 projects can be read.", "12 projets peuvent être lus."),
        ("The site is read as Jira Cloud.", "Le site est lu comme Jira Cloud."),
        (
            "Seats are left out: Slack's users.list failed (fatal_error).",
            "Les licences sont laissées de côté\u00a0: Slack's users.list a échoué (fatal_error).",
        ),
        (
            "The host jira.internal is a private or local address. Check the spelling of the address.",
            "L’hôte jira.internal est une adresse privée ou locale. Vérifiez l’orthographe de l’adresse.",
        ),
        (
            "GET jira.example.com/rest asks for a pause (HTTP 429).",
            "GET jira.example.com/rest demande une pause (HTTP 429).",
        ),
    ],
)
def test_values_and_errors_inside_a_sentence_are_kept(english: str, french: str) -> None:
    assert told(english, Language.FR) == french


def test_what_is_not_known_stays_as_it_is() -> None:
    assert told("A package of somebody else says this.", Language.FR) is None
    assert told("The site answers.", Language.EN) is None
