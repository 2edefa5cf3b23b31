"""What the names of sections and options usually mean, in the languages that Asana is used in here."""

import re
import unicodedata

from connectors.kit.records import StatusCategory

_ANYWHERE: tuple[tuple[StatusCategory, frozenset[str]], ...] = (
    (
        "discarded",
        frozenset(
            {"cancelled", "canceled", "wontdo", "rejected", "duplicate", "annule", "annulee", "abandonne", "rejete"}
        ),
    ),
    (
        "waiting",
        frozenset({"review", "blocked", "waiting", "hold", "attente", "bloque", "bloquee", "revue", "validation"})
        | {"wartet", "blockiert"},
    ),
    (
        "todo",
        frozenset(
            {"todo", "afaire", "ready", "selected", "next", "planned", "pret", "prete", "planifie", "open", "new"}
        )
        | {"ouvert"},
    ),
    ("backlog", frozenset({"backlog", "ideas", "idees", "icebox", "someday", "inbox"})),
)
"""Words that say it wherever they stand, the strongest first: 'selected for development' is not development."""
_AT_THE_START: tuple[tuple[StatusCategory, frozenset[str]], ...] = (
    (
        "done",
        frozenset(
            {"done", "completed", "complete", "closed", "resolved", "shipped", "released", "delivered", "deployed"}
        )
        | {"finished", "termine", "terminee", "fini", "fait", "livre", "livree", "clos", "resolu", "deploye"}
        | {"erledigt", "fertig", "hecho"},
    ),
    (
        "active",
        frozenset({"doing", "inprogress", "progress", "wip", "development", "testing", "qa", "inqa", "encours"})
        | {"ongoing", "started"},
    ),
)
_PHRASES = {"to do": "todo", "a faire": "afaire", "in progress": "inprogress", "en cours": "encours", "in qa": "inqa"}


def category(name: str | None) -> StatusCategory | None:
    """The category that a name suggests; None where it suggests none, for a wrong guess is worse."""
    plain = "".join(
        one for one in unicodedata.normalize("NFKD", (name or "").casefold()) if not unicodedata.combining(one)
    )
    text = " ".join(re.findall(r"\w+", re.sub(r"['\N{RIGHT SINGLE QUOTATION MARK}]", "", plain)))
    text = re.sub(r"\bwont do\b", "wontdo", text)
    for phrase, word in _PHRASES.items():
        text = re.sub(rf"\b{phrase}\b", word, text)
    words = text.split()
    for meaning, known in _ANYWHERE:
        if known.intersection(words):
            return meaning
    for meaning, known in _AT_THE_START:
        if words and words[0] in known:
            return meaning
    return None
