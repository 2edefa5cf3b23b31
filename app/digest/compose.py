"""A digest's content as a message to Slack, in one language. Pure functions: the same content, the same message."""

from datetime import UTC
from typing import Any
from urllib.parse import urlencode

from app.core.language import Language
from app.core.texts import Texts, texts_of
from app.digest import blocks
from app.digest.amounts import amount, title
from app.digest.blocks import Block
from app.digest.content import AtRisk, Content, Fresh
from app.digest.headline import Headline, Item
from app.digest.numbers import Numbers

Message = dict[str, Any]

DETAILS, MUTE, UNMUTE = "digest.details", "digest.mute", "digest.unmute"
LANGUAGE, OPEN = "digest.language", "digest.open"
"""What the buttons are called when they come back."""


def overview(content: Content) -> str:
    """The path of the dashboard over the digest's days, and for its team where it has one."""
    asked = {"period": f"{content.first}..{content.last}"}
    if len(content.asked) == 1:
        asked["team"] = content.asked[0]
    return f"/?{urlencode(asked)}"


class Composer:
    """Says a content in a language. `dashboard` is the address of the service, where it is known."""

    def __init__(self, content: Content, language: Language, dashboard: str | None = None) -> None:
        self._content = content
        self._language = language
        self._texts: Texts = texts_of(language)
        self._numbers = Numbers(language)
        self._dashboard = dashboard

    def message(self, file_id: str | None = None, alt_text: str = "") -> Message:
        """`text` and `blocks`; with the chart where it was uploaded."""
        content = self._content
        found: list[Block] = [blocks.header(content.name), self._context([self._about()])]
        if content.stale:
            found.append(self._section([self._warning(content.stale)]))
        if content.is_empty:
            found.append(self._section(self.nothing()))
        else:
            found += [self._section([self._numbers.headline(one)]) for one in content.headlines]
            found.append(self._section(self.moved()))
            if file_id is not None:
                found.append(blocks.image(file_id, alt_text))
            found.append(self._section(self.at_risk(content.at_risk)))
            if content.advice is not None:
                found.append(self._section(self.advice(content.advice)))
        found += [self._context(self._foot()), blocks.actions(self._buttons())]
        return {"text": self._summary(), "blocks": blocks.fitted(found, self.rest)}

    def details(self, by_team: list[tuple[Headline, list[tuple[str | None, Headline]]]]) -> Message:
        """The numbers team by team, for whoever asks: each headline with those of its groups."""
        gettext = self._texts.gettext
        found: list[Block] = [blocks.header(gettext("Details: %(name)s", name=self._content.name))]
        for whole, groups in by_team:
            lines = [self._numbers.headline(whole)]
            for called, one in groups:
                team = gettext("no team") if called is None else blocks.escaped(called)
                lines.append(f"• {team} — {self._numbers.value(one)}{self._numbers.beside(one)}")
            found.append(self._section(lines))
        found.append(self._context([self.freshness()]))
        return {"text": gettext("Details"), "blocks": blocks.fitted(found, self.rest)}

    # -- lines ----------------------------------------------------------------------------------------------

    def nothing(self) -> list[str]:
        """That there is nothing to tell, and where to look for why."""
        gettext = self._texts.gettext
        names = self._language.several(
            blocks.escaped(title(one.metric, self._language)) for one in self._content.headlines
        )
        return [
            gettext("*There is nothing to tell*: nothing of these days is behind %(numbers)s.", numbers=names),
            gettext("If that is a surprise, look at the sources and at who is in which team."),
        ]

    def moved(self) -> list[str]:
        """What moved by more than chance, and the items that weigh most in it."""
        gettext = self._texts.gettext
        moving = [one for one in self._content.headlines if one.moved]
        lines = [gettext("*What moved*")]
        if not moving:
            lines.append(gettext("Nothing moved by more than chance would."))
        if not any(one.movers for one in moving):
            moving += [one for one in self._content.headlines if one.movers][:1]
        for one in moving:
            name = blocks.escaped(title(one.metric, self._language))
            if one.movers:
                lines.append(gettext("%(metric)s: the items that weigh most", metric=name))
                lines += [self._item(item, one.metric.unit) for item in one.movers]
            else:
                told = gettext("%(name)s: %(value)s", name=name, value=self._numbers.value(one))
                lines.append(told + self._numbers.beside(one))
        return lines

    def at_risk(self, risk: AtRisk) -> list[str]:
        """The oldest items in progress, and how many of their kind took less long."""
        gettext, ngettext = self._texts.gettext, self._texts.ngettext
        lines = [gettext("*Oldest items at risk*")]
        if risk.suppressed:
            return [*lines, self._numbers.hidden()]
        if not risk.items:
            return [*lines, gettext("None: nothing in progress is older than most such items took.")]
        for item in risk.items:
            age = self._language.duration(item.value or 0.0)
            share = self._language.percent(item.share or 0.0)
            known = gettext("%(age)s, older than %(share)s of such items took", age=age, share=share)
            lines.append(f"• {self._named(item)} — {known}")
        if risk.more:
            lines.append(ngettext("… and one more at risk", "… and %(num)s more at risk", risk.more))
        return lines

    def advice(self, advice: dict[str, Any]) -> list[str]:
        """One recommendation: what, why, and what to do."""
        name = str(self._language)
        lines = [self._texts.gettext("*Recommendation*: %(title)s", title=blocks.escaped(advice["title"][name], 300))]
        lines.append(blocks.escaped(advice["reason"][name], 600))
        lines.append(f"→ {blocks.escaped(advice['action'][name], 600)}")
        return lines

    def freshness(self) -> str:
        """How fresh the data is, source by source."""
        gettext = self._texts.gettext
        if not self._content.fresh:
            return gettext("No source says how fresh its data is.")
        return gettext("Data up to: %(sources)s", sources=self._language.several(map(self._fresh, self._content.fresh)))

    def rest(self, number: int) -> str:
        """That lines were left out."""
        return self._texts.ngettext("… one more line did not fit", "… %(num)s more lines did not fit", number)

    # -- parts ----------------------------------------------------------------------------------------------

    def _about(self) -> str:
        gettext, content = self._texts.gettext, self._content
        days = self._language.days(content.first, content.last)
        if not content.teams:
            return gettext("%(days)s · all teams", days=days)
        names = self._language.several(blocks.escaped(team, 60) for team in content.teams[:10])
        return gettext("%(days)s · %(teams)s", days=days, teams=names)

    def _warning(self, stale: tuple[Fresh, ...]) -> str:
        sources = self._language.several(map(self._fresh, stale))
        return self._texts.gettext(
            "⚠ *The data is stale*: %(sources)s. The numbers may be missing the latest work.", sources=sources
        )

    def _fresh(self, one: Fresh) -> str:
        name = blocks.escaped(one.name, 60)
        if one.until is None:
            return self._texts.gettext("%(source)s (never read to its end)", source=name)
        return f"{name} ({self._language.moment(one.until, self._content.zone)})"

    def _item(self, item: Item, unit: str) -> str:
        brings = "" if item.value is None or unit != "seconds" else f" — {amount(self._language, unit, item.value)}"
        return f"• {self._named(item)}{brings}"

    def _named(self, item: Item) -> str:
        name = f"{item.key} {item.title}".strip()
        return blocks.link(item.url, name)

    def _summary(self) -> str:
        if self._content.is_empty:
            return blocks.fallback([self._content.name, self._texts.gettext("There is nothing to tell")])
        parts = [
            self._texts.gettext(
                "%(name)s: %(value)s", name=title(one.metric, self._language), value=self._numbers.value(one)
            )
            for one in self._content.headlines
        ]
        return blocks.fallback([self._content.name, *parts])

    def _buttons(self) -> list[Block]:
        gettext, identity = self._texts.gettext, self._content.digest_id
        other = Language.EN if self._language is Language.FR else Language.FR
        found = [
            blocks.button(gettext("Details"), DETAILS, f"{identity} {self._language}"),
            blocks.button(gettext("Mute for a week"), MUTE, f"{identity} {self._language}"),
            blocks.button(other.title, LANGUAGE, f"{identity} {other}"),
        ]
        if self._dashboard is not None:
            address = self._dashboard + overview(self._content)
            found.insert(0, blocks.button(gettext("Open the dashboard"), OPEN, url=address))
        return found

    def _foot(self) -> list[str]:
        lines = [self.freshness()]
        if self._dashboard is not None:
            at = self._content.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
            address = f"{self._dashboard}/digest/{self._content.digest_id}?at={at}"
            lines.append(blocks.link(address, self._texts.gettext("This digest as a web page")))
        return lines

    def _section(self, lines: list[str]) -> Block:
        return blocks.section(lines, self.rest)

    def _context(self, lines: list[str]) -> Block:
        return blocks.context(lines, self.rest)
