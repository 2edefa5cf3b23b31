"""What a vendor's resolution means where neither the vendor nor an admin says: a default by its name."""

import unicodedata
from typing import Literal

_DISCARDING = (
    # English
    "won't do",
    "won't fix",
    "wont do",
    "wont fix",
    "will not do",
    "will not fix",
    "duplicate",
    "cannot reproduce",
    "can't reproduce",
    "unable to reproduce",
    "not reproducible",
    "incomplete",
    "invalid",
    "declined",
    "rejected",
    "cancelled",
    "canceled",
    "abandoned",
    "obsolete",
    "not a bug",
    "works as designed",
    "as designed",
    "works for me",
    "not an issue",
    "not applicable",
    "not needed",
    "no longer needed",
    "out of scope",
    "discarded",
    "withdrawn",
    # French
    "ne sera pas fait",
    "ne sera pas corrigé",
    "ne pas faire",
    "ne pas corriger",
    "non corrigé",
    "doublon",
    "dupliqué",
    "impossible à reproduire",
    "non reproductible",
    "incomplet",
    "non valide",
    "invalide",
    "refusé",
    "rejeté",
    "annulé",
    "abandonné",
    "obsolète",
    "sans objet",
    "hors périmètre",
    # German
    "wird nicht erledigt",
    "wird nicht behoben",
    "nicht erledigt",
    "duplikat",
    "nicht reproduzierbar",
    "kann nicht reproduziert werden",
    "unvollständig",
    "ungültig",
    "abgelehnt",
    "abgebrochen",
    "verworfen",
    # Spanish
    "no se hará",
    "no se corregirá",
    "no se solucionará",
    "duplicado",
    "no se puede reproducir",
    "no reproducible",
    "incompleto",
    "inválido",
    "rechazado",
    "cancelado",
    # Italian
    "non verrà fatto",
    "non verrà risolto",
    "duplicato",
    "impossibile riprodurre",
    "non riproducibile",
    "rifiutato",
    "annullato",
    # Portuguese
    "não será feito",
    "não será corrigido",
    "não é possível reproduzir",
    "não reproduzível",
    "rejeitado",
    # Dutch
    "wordt niet uitgevoerd",
    "wordt niet opgelost",
    "duplicaat",
    "niet reproduceerbaar",
    "geannuleerd",
    "afgewezen",
)


def _plain(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.casefold().replace("’", "'"))
    return " ".join("".join(letter for letter in decomposed if not unicodedata.combining(letter)).split())


_PLAIN = frozenset(_plain(name) for name in _DISCARDING)


def default_category(name: str) -> Literal["done", "discarded"]:
    """`discarded` for won't do, duplicate, cannot reproduce and the like, whatever the case and the accents."""
    return "discarded" if _plain(name) in _PLAIN else "done"
