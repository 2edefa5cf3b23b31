"""Logs are JSON lines in which no known secret can stand, wherever it comes from."""

import io
import json
import logging
import sys

import pytest
import structlog

from app.core.logging import MASK, SecretMask, configure_logging

CANARY = "canary-secret-value"


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    captured = io.StringIO()
    monkeypatch.setattr(sys, "stderr", captured)
    configure_logging(SecretMask([CANARY]))
    return captured


def test_a_line_is_one_json_object_with_an_utc_instant(stream: io.StringIO) -> None:
    structlog.get_logger("app.test").info("sync.started", source="demo", items=3)
    line = json.loads(stream.getvalue())
    assert line["event"] == "sync.started"
    assert line["items"] == 3
    assert line["timestamp"].endswith("Z")


def test_a_secret_is_masked_in_messages_fields_and_tracebacks(stream: io.StringIO) -> None:
    log = structlog.get_logger("app.test")
    log.warning(f"token {CANARY}", nested={"list": [f"Bearer {CANARY}"], CANARY: 1})
    logging.getLogger("a.library").error("refused %s", CANARY)
    try:
        raise ValueError(f"bad {CANARY}")
    except ValueError:
        log.exception("failed")
    text = stream.getvalue()
    assert CANARY not in text
    assert text.count(MASK) >= 5
    assert len(text.splitlines()) == 3


def test_the_longer_of_two_secrets_is_masked_whole() -> None:
    mask = SecretMask(["abcdef", "abcdefghij"])
    assert mask.text("x abcdefghij y") == f"x {MASK} y"


def test_a_short_value_is_no_mask() -> None:
    assert SecretMask(["abc"]).text("abc") == "abc"
