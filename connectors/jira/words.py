"""What the names of item types usually mean, in the languages that Jira is used in here."""

import re

from connectors.kit.records import ItemKind

_WORDS: dict[ItemKind, frozenset[str]] = {
    "epic": frozenset({"epic", "épopée", "epopee", "initiative", "epos"}),
    "bug": frozenset(
        {"bug", "bogue", "defect", "défaut", "anomalie", "anomaly", "fehler", "error", "erreur", "incident", "problème"}
    ),
    "feature": frozenset(
        {"story", "récit", "histoire", "feature", "fonctionnalité", "improvement", "amélioration", "évolution"}
        | {"enhancement", "requirement", "exigence", "historia"}
    ),
    "task": frozenset(
        {"task", "tâche", "tache", "subtask", "aufgabe", "tarea", "chore", "spike", "todo", "technical", "technique"}
        | {"maintenance"}
    ),
    "conflict": frozenset({"conflict", "conflit"}),
}


def item_kind(name: str, *, subtask: bool = False, level: int | None = None) -> ItemKind:
    """The kind that a type's name suggests. A level above 0 is an epic; a subtask is never one, nor a feature."""
    if level is not None and level > 0:
        return "epic"
    words = set(re.findall(r"\w+", name.casefold().replace("sub-task", "subtask").replace("sous-tâche", "subtask")))
    for kind, known in _WORDS.items():
        if words & known and not (subtask and kind in ("epic", "feature")):
            return kind
    return "task" if subtask else "other"
