"""The texts of charts in both languages. `said` fills their `{names}`."""

from app.core.language import Language
from app.metrics.catalogue import BY_NAME
from app.metrics.declaration import Text
from app.metrics.words import DIMENSIONS, MEASURES

PERIOD = Text(en="Period", fr="Période")
RESTS_ON = Text(en="n", fr="n")
NOTE = Text(en="Note", fr="Remarque")
ITEM = Text(en="Item", fr="Élément")
STATUS = Text(en="Status", fr="Statut")
CATEGORY = Text(en="Category", fr="Catégorie")
RULE = Text(en="Rule", fr="Règle")
SOURCE = Text(en="Source", fr="Source")
EVENT = Text(en="Feature", fr="Fonctionnalité")
TOOL = Text(en="Tool", fr="Outil")
FINISHED = Text(en="Finished", fr="Terminé le")
DURATION = Text(en="Duration", fr="Durée")
AGE = Text(en="Age", fr="Âge")
COUNT = Text(en="Items", fr="Éléments")
PEOPLE = Text(en="People", fr="Personnes")
PASSED = Text(en="Older than", fr="Plus vieux que")
CERTAINTY = Text(en="Certainty", fr="Certitude")
RESULT = Text(en="Forecast", fr="Prévision")
VERDICT = Text(en="Verdict", fr="Verdict")
BEFORE = Text(en="Before", fr="Avant")
AFTER = Text(en="After", fr="Après")
DIFFERENCE = Text(en="Difference", fr="Différence")
INTERVAL = Text(en="95% interval", fr="Intervalle à 95 %")
LEVEL = Text(en="Level", fr="Niveau")
FUNCTION = Text(en="Function", fr="Fonction")

TOO_FEW = Text(en="too few people", fr="trop peu de personnes")
UNKNOWN = Text(en="unknown", fr="inconnu")
RUNNING = Text(en="incomplete period", fr="période incomplète")
NOBODY = {
    "team": Text(en="without a team", fr="sans équipe"),
    "project": Text(en="without a project", fr="sans projet"),
}
NOTHING = Text(en="not set", fr="non renseigné")
EVERYTHING = Text(en="All", fr="Ensemble")

VEILED = Text(
    en="Shaded: a number rests on too few people.", fr="Zone grisée : un nombre repose sur trop peu de personnes."
)
HIDDEN = Text(en="Not shown where too few people are behind it.", fr="Masqué là où il y a trop peu de personnes.")
HIDDEN_BAND = Text(
    en="“Too few people”: categories that are not always shown apart, together.",
    fr="« Trop peu de personnes » : catégories qui ne peuvent pas toujours être montrées séparément.",
)
HOLLOW = Text(
    en="Pale or hollow: the period is still running or cut off.",
    fr="Pâle ou creux : période en cours ou tronquée.",
)
MORE = Text(en="{number} more in the table.", fr="{number} de plus dans le tableau.")
SAMPLED = Text(en="{shown} of {number} shown.", fr="{shown} affichés sur {number}.")
EVENTS = Text(en="Events: {events}.", fr="Événements : {events}.")
EVENT_ENTRY = Text(en="{letter} {title} ({day})", fr="{letter} {title} ({day})")
FLOOR = Text(en="The axis starts at {number}.", fr="L’axe commence à {number}.")
EMPTY = Text(en="No data for this selection.", fr="Aucune donnée pour cette sélection.")
REASONS = {
    "no_source": Text(en="No source gives this yet.", fr="Aucune source ne le fournit encore."),
    "filter": Text(en="Nothing passes the filters.", fr="Rien ne passe les filtres."),
    "no_data": Text(en="Nothing happened in this period.", fr="Rien ne s’est passé sur cette période."),
    "no_waiting_status": Text(en="No status is mapped to waiting.", fr="Aucun statut n’est classé en attente."),
    "too_little_data": Text(en="Too little data.", fr="Trop peu de données."),
    "not_recorded": Text(en="Nobody recorded it for this period.", fr="Non enregistré pour cette période."),
}

BY_GRAIN = {
    "day": Text(en="by day", fr="par jour"),
    "week": Text(en="by week", fr="par semaine"),
    "month": Text(en="by month", fr="par mois"),
    "quarter": Text(en="by quarter", fr="par trimestre"),
    "total": Text(en="over the period", fr="sur la période"),
}
CATEGORIES = {
    "backlog": Text(en="Backlog", fr="Réserve"),
    "todo": Text(en="To do", fr="À faire"),
    "active": Text(en="Active", fr="En cours"),
    "waiting": Text(en="Waiting", fr="En attente"),
    "done": Text(en="Done", fr="Terminé"),
    "discarded": Text(en="Discarded", fr="Abandonné"),
    "unmapped": Text(en="Unmapped", fr="Non classé"),
}
RULES = {
    "fresh": Text(en="Fresh sources", fr="Sources à jour"),
    "assignee": Text(en="Items with an assignee", fr="Éléments avec responsable"),
    "team": Text(en="Items with a team", fr="Éléments avec équipe"),
    "type": Text(en="Items with a type", fr="Éléments avec type"),
    "mapped_status": Text(en="Mapped statuses", fr="Statuts classés"),
    "person": Text(en="Accounts with a person", fr="Comptes avec personne"),
}
SEATS = {
    "active": Text(en="Active", fr="Actives"),
    "idle": Text(en="Idle for 28 days", fr="Inactives depuis 28 j"),
    "never_used": Text(en="Never used", fr="Jamais utilisées"),
}
BOUGHT = Text(en="bought", fr="achetées")
VERDICTS = {
    "better": Text(en="better", fr="mieux"),
    "worse": Text(en="worse", fr="moins bien"),
    "changed": Text(en="changed", fr="différent"),
    "no_clear_change": Text(en="no clear change", fr="pas de changement net"),
    "too_little_data": Text(en="too little data", fr="trop peu de données"),
}
FUNCTIONS = {
    "process": Text(en="Process", fr="Processus"),
    "tooling": Text(en="Tools", fr="Outils"),
    "data": Text(en="Data", fr="Données"),
    "communication": Text(en="Communication", fr="Communication"),
    "knowledge": Text(en="Knowledge", fr="Connaissances"),
    "monitoring": Text(en="Monitoring", fr="Suivi"),
}
ACTIVE_USERS = {
    "dau": Text(en="Last day", fr="Dernier jour"),
    "wau": Text(en="7 days", fr="7 jours"),
    "mau": Text(en="28 days", fr="28 jours"),
}
SHORT = {
    "p50": Text(en="Median", fr="Médiane"),
    "p70": Text(en="70th percentile", fr="70ᵉ centile"),
    "p75": Text(en="75th percentile", fr="75ᵉ centile"),
    "p85": Text(en="85th percentile", fr="85ᵉ centile"),
    "p95": Text(en="95th percentile", fr="95ᵉ centile"),
    "value": Text(en="Value", fr="Valeur"),
    "n": RESTS_ON,
}
OLD = Text(
    en="Diamond: older than 85% of such items used to take.", fr="Losange : plus vieux que 85 % des éléments passés."
)
GROUP = Text(en="Group", fr="Groupe")
BASED_ON = Text(
    en="From the pace of the last {days} days ({items} items).",
    fr="D’après le rythme des {days} derniers jours ({items} éléments).",
)
SIDES = Text(en="Before: {before}; after: {after}.", fr="Avant : {before} ; après : {after}.")
INTERVAL_NOTE = Text(
    en="{measure}: difference and its 95% interval", fr="{measure} : différence et son intervalle à 95 %"
)
LEVELS = Text(en="Levels from 1 to 5", fr="Niveaux de 1 à 5")
COLUMNS = {
    "share": Text(en="Share", fr="Part"),
    "share_change": Text(en="Change of the share", fr="Évolution de la part"),
    "growth": Text(en="Came in minus went out", fr="Entrées moins sorties"),
    "people": PEOPLE,
    "value": Text(en="Value", fr="Valeur"),
}
QUEUE = Text(
    en="Behind each share: its change against the period before, and by how many items the queue grew.",
    fr="Après chaque part : son évolution depuis la période précédente, et de combien d’éléments la file a grandi.",
)
TOOL_NAMES = {"github": "GitHub", "gitlab": "GitLab", "clickup": "ClickUp", "hubspot": "HubSpot"}
"""Brands that are written otherwise than their id with a capital."""
EVENT_NAMES = {
    "active": Text(en="Active day", fr="Jour actif"),
    "messages_posted": Text(en="Message posted", fr="Message envoyé"),
    "reactions_added": Text(en="Reaction added", fr="Réaction ajoutée"),
    "change": Text(en="Item changed", fr="Élément modifié"),
    "comment": Text(en="Comment", fr="Commentaire"),
    "worklog": Text(en="Time logged", fr="Temps saisi"),
}
"""Features as our own connectors call them; any other is said as its tool calls it."""
BESIDE_BOTTLENECK = Text(en="{change} · queue {growth}", fr="{change} · file {growth}")
BESIDE_STATUS = Text(en="median {median} · n = {n}", fr="médiane {median} · n = {n}")
POINTS = Text(en="{number} pts", fr="{number} pts")
BY_PEOPLE = Text(en="{number} people", fr="{number} personnes")
TITLES = {
    "forecast": Text(en="Forecast", fr="Prévision"),
    "impact": Text(en="Before and after", fr="Avant et après"),
    "maturity": Text(en="Maturity", fr="Maturité"),
    "histogram": Text(en="{title}: distribution", fr="{title} : répartition"),
    "forecast_items": Text(en="When will {items} items be done?", fr="Quand {items} éléments seront-ils terminés ?"),
    "forecast_until": Text(
        en="How many items will be done by {day}?", fr="Combien d’éléments seront terminés d’ici le {day} ?"
    ),
    "impact_of": Text(en="{title}: before and after", fr="{title} : avant et après"),
}

ALT = Text(en="{title}, {span}.", fr="{title}, {span}.")
ALT_LAST = Text(en="{what}, {when}: {value} (n = {n}).", fr="{what}, {when} : {value} (n = {n}).")
ALT_CHANGE = Text(
    en="{change} against the period before ({before}).", fr="{change} par rapport à la période précédente ({before})."
)
ALT_HIDDEN = Text(en="Not shown, too few people: {number}.", fr="Masqué, trop peu de personnes : {number}.")
ALT_RUNNING = Text(en="The last period is incomplete.", fr="La dernière période est incomplète.")
ALT_ENTRIES_APART = Text(en="; ", fr=" ; ")
ALT_ENTRY = Text(en="{name}: {value}", fr="{name} : {value}")
ALT_EVENTS = Text(en="Events: {events}.", fr="Événements : {events}.")


def said(text: Text, language: Language, **values: object) -> str:
    """The text in a language, with its `{names}` filled in."""
    sentence = text.fr if language is Language.FR else text.en
    return sentence.format(**values) if values else sentence


def title_of(name: str, language: Language) -> str:
    """What a metric or an insight is called."""
    metric = BY_NAME.get(name)
    text = TITLES.get(name, Text(en=name, fr=name)) if metric is None else metric.title
    return said(text, language)


def measure_of(name: str, language: Language) -> str:
    """What a measure is called, as the title of a column or a line."""
    text = ACTIVE_USERS.get(name) or SHORT.get(name) or MEASURES.get(name) or Text(en=name, fr=name)
    words = said(text, language)
    return words if name == "n" else words[:1].upper() + words[1:]


def dimension_of(name: str, language: Language) -> str:
    """What a dimension is called, as the title of a column."""
    words = said(DIMENSIONS.get(name, Text(en=name, fr=name)), language)
    return words[:1].upper() + words[1:]
