"""Texts in Block Kit: whatever they are, Slack takes them and nothing in them comes alive."""

import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.digest import blocks
from connectors.kit.sandbox import Refused
from connectors.slack.sandbox.blocks import check_message

_NASTY = st.one_of(
    st.text(max_size=300),
    st.sampled_from(["<!channel>", "<@U1>", "&lt;", "*b*", "`" * 50, "\u202e", "\ud800", "\n\n", "|", "x" * 9000]),
)
_URLS = st.one_of(
    st.none(),
    st.text(max_size=80),
    st.sampled_from(["https://a.test/|x>", "javascript:alert(1)", "https://", "http://[", "https://a.test/?a=1&b=<c>"]),
)


def rest(number: int) -> str:
    return f"… {number} more"


def is_taken(made: list[dict[str, Any]]) -> bool:
    try:
        check_message({"text": "x", "blocks": made}, lambda _: True)
    except Refused:
        return False
    return True


@given(_NASTY)
def test_an_escaped_text_says_nothing_to_slack(text: str) -> None:
    said = blocks.escaped(text)
    assert "<" not in said
    assert ">" not in said
    assert re.fullmatch(r"(?:[^&]|&(?:amp|lt|gt);)*", said, re.DOTALL)
    assert not re.search(r"\*[^\u200b]", said)
    assert "\u202e" not in said
    said.encode()


@given(_URLS, _NASTY)
def test_a_link_leads_to_the_web_or_is_none(url: str | None, text: str) -> None:
    said = blocks.link(url, text)
    found = re.fullmatch(r"<(https?://[^<>|\s]+)\|([^<>|]+)>", said)
    assert found or not re.search(r"[<>|]", said)


@given(st.lists(st.lists(_NASTY, max_size=40), max_size=70), _NASTY)
def test_every_message_is_one_that_slack_takes(texts: list[list[str]], name: str) -> None:
    made = [blocks.header(name)]
    made += [blocks.section([blocks.escaped(line, 900) for line in lines], rest) for lines in texts]
    assert is_taken(blocks.fitted(made, rest))


def test_what_does_not_fit_is_told() -> None:
    made = blocks.section([f"{number} " + "x" * 200 for number in range(40)], rest)
    text = made["text"]["text"]
    assert len(text) <= 3000
    kept = text.count("x" * 200)
    assert text.endswith(f"… {40 - kept} more")
    whole = [blocks.section([f"{number} " + "y" * 200 for number in range(13)], rest) for _ in range(8)]
    fitted = blocks.fitted(whole, rest)
    assert blocks.total(fitted) <= blocks.MOST_IN_ALL
    assert any("more" in block["text"]["text"] for block in fitted)
