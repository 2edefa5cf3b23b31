"""One number of a message in one language: its value, how it changed, on how much it rests, and whether it is noise."""

from app.core.language import Language
from app.core.texts import texts_of
from app.digest import blocks
from app.digest.amounts import amount, change, title
from app.digest.headline import Headline

_ARROWS = {"better": "▲", "worse": "▼", "changed": "◆"}


class Numbers:
    """Says headlines in a language, as mrkdwn."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._texts = texts_of(language)

    def headline(self, one: Headline) -> str:
        """A number, how it changed, on how much it rests, and whether that is more than noise."""
        name = blocks.escaped(title(one.metric, self._language))
        said = self._texts.gettext("*%(name)s*: *%(value)s*", name=name, value=self.value(one)) + self.beside(one)
        return "\n".join(part for part in (said, self._noise(one)) if part)

    def value(self, one: Headline) -> str:
        """The value, or why there is none."""
        if one.suppressed:
            return self.hidden()
        if one.value is None:
            return self._texts.gettext("no data")
        return amount(self._language, one.metric.unit, one.value, clock=one.clock)

    def beside(self, one: Headline) -> str:
        """The change and what the number rests on."""
        gettext = self._texts.gettext
        if one.suppressed or one.value is None:
            return ""
        number = self._language.number(one.n)
        if one.before is None:
            return gettext(" (n = %(n)s; nothing to compare with)", n=number)
        moved = change(self._language, one.metric.unit, one.before, one.value)
        before = amount(self._language, one.metric.unit, one.before, clock=one.clock)
        return gettext(" (%(change)s, before %(before)s; n = %(n)s)", change=moved, before=before, n=number)

    def hidden(self) -> str:
        """That a number is not shown."""
        return self._texts.gettext("not shown: too few people")

    def _noise(self, one: Headline) -> str:
        gettext = self._texts.gettext
        said = {
            "better": gettext("Better, by more than chance"),
            "worse": gettext("Worse, by more than chance"),
            "changed": gettext("Changed by more than chance"),
            "no_clear_change": gettext("No more than noise"),
            "too_little_data": gettext("Too little data to tell from noise"),
        }
        if one.verdict is None:
            return ""
        return f"{_ARROWS.get(one.verdict, '≈')} {said[one.verdict]}"
