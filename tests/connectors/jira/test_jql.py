"""JQL that an admin adds stays inside the parentheses that we put around it."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.jira.jql import check_restriction, epoch_ms, issues_of, with_ids


@pytest.mark.parametrize(
    "restriction",
    [
        "",
        "labels = x",
        "(a = 1 OR b = 2) AND c in (3, 4)",
        'summary ~ "order by (price"',
        "summary ~ 'it\\'s )'",
        'summary ~ "a \\" ) b"',
        "reorder = 1 AND bypass = 2",
        '"Order By Field)" = 3',
    ],
)
def test_an_ordinary_restriction_is_kept(restriction: str):
    assert check_restriction(f" {restriction} ") == restriction


@pytest.mark.parametrize(
    ("restriction", "reason"),
    [
        ("labels = x ORDER BY created", "ORDER BY"),
        ("order\n  by created", "ORDER BY"),
        ("labels = x) OR (project = SECRET", "parentheses"),
        ("(labels = x", "parentheses"),
        ("labels = x)", "parentheses"),
        (")(", "parentheses"),
        ('summary ~ "open', "quotation"),
        ("summary ~ 'open", "quotation"),
        ("labels = x\\", "backslash"),
        ("labels = x\\)", "backslash"),
    ],
)
def test_a_restriction_that_could_break_out_is_refused(restriction: str, reason: str):
    with pytest.raises(ValueError, match=reason):
        check_restriction(restriction)


@given(st.text(alphabet="()\"'\\ ab", max_size=12))
def test_whatever_is_accepted_leaves_the_parentheses_balanced_at_every_place(restriction: str):
    try:
        accepted = check_restriction(restriction)
    except ValueError:
        return
    depth, quote, escaped = 0, "", False
    for character in f"({accepted})":
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        else:
            depth += {"(": 1, ")": -1}.get(character, 0)
            assert depth >= 0
    assert (depth, quote, escaped) == (0, "", False)


@given(st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1), timezones=st.just(timezone(timedelta(hours=14)))))  # noqa: DTZ001
def test_instants_are_epoch_milliseconds_rounded_down_in_every_zone(moment: datetime):
    milliseconds = epoch_ms(moment)

    assert timedelta(0) <= moment - datetime(1970, 1, 1, tzinfo=UTC) - timedelta(milliseconds=milliseconds)
    assert milliseconds == epoch_ms(moment.astimezone(UTC))


def test_conditions_are_joined_by_and():
    moment = datetime(2026, 11, 2, tzinfo=UTC)

    assert issues_of("10000", "") == "project = 10000"
    assert issues_of("1", "a = 1 OR b = 2", updated_from=moment, after=7) == (
        "project = 1 AND updated >= 1793577600000 AND id > 7 AND (a = 1 OR b = 2)"
    )
    assert with_ids(["1", "2"], "") == "id in (1, 2)"
    assert with_ids(["1"], "a = 1") == "id in (1) AND (a = 1)"
