"""What a resolution means to us where the vendor does not say: told by its name, in usual languages."""

import re
import unicodedata
from typing import Literal

_DISCARDED = frozenset(
    {
        # English
        *("wont do", "wont fix", "will not do", "will not fix", "duplicate", "cannot reproduce", "cant reproduce"),
        *("not reproducible", "unable to reproduce", "not a bug", "no bug", "invalid", "declined", "rejected"),
        *("obsolete", "abandoned", "discarded", "dropped", "withdrawn", "cancelled", "canceled", "incomplete"),
        *("out of scope", "works as designed", "as designed", "by design", "known error", "not an issue", "no action"),
        *("superseded", "deferred", "suspended", "not needed", "no longer needed", "timed out", "wont implement"),
        # French
        *("ne sera pas fait", "ne sera pas corrige", "ne sera pas traite", "ne pas faire", "ne pas corriger"),
        *("doublon", "duplique", "non reproductible", "impossible a reproduire", "impossible de reproduire"),
        *("obsolete", "abandonne", "abandonnee", "rejete", "rejetee", "refuse", "refusee", "annule", "annulee"),
        *("invalide", "incomplet", "hors perimetre", "sans suite", "classe sans suite", "pas un bug", "sans objet"),
        *("ignore", "remplace", "reporte"),
        # German
        *("wird nicht erledigt", "wird nicht behoben", "duplikat", "nicht reproduzierbar", "abgelehnt", "ungultig"),
        *("veraltet", "verworfen", "abgebrochen", "unvollstandig", "kein fehler"),
        # Spanish, Italian, Portuguese, Dutch
        *("no se hara", "no se corregira", "duplicado", "no reproducible", "rechazado", "cancelado", "no valido"),
        *("non verra fatto", "non verra risolto", "duplicato", "non riproducibile", "rifiutato", "annullato"),
        *("nao sera feito", "nao sera corrigido", "nao reproduzivel", "rejeitado", "obsoleto", "incompleto"),
        *("wordt niet gedaan", "wordt niet opgelost", "duplicaat", "niet reproduceerbaar", "afgewezen", "vervallen"),
    }
)


def resolution_category(name: str) -> Literal["done", "discarded"]:
    """`discarded` for a name that says the work was not delivered, else `done`. Accents and case do not matter."""
    plain = "".join(
        letter for letter in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(letter)
    )
    words = re.sub(r"[^\w]+", " ", re.sub(r"['\N{RIGHT SINGLE QUOTATION MARK}]", "", plain)).strip()
    return "discarded" if words in _DISCARDED else "done"
