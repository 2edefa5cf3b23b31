"""What Mixpanel says about people and their days, as records."""

from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from connectors.kit.errors import BadRecord
from connectors.kit.records import Account, UsageDay
from connectors.mixpanel import normalise
from connectors.mixpanel.raw import AccountDay, Malformed, Profile


def account(distinct_id: Any = "ada", **properties: Any) -> Account:
    profile = msgspec.convert({"$distinct_id": distinct_id, "$properties": properties}, Profile)
    [record] = normalise.account(profile, None)
    return record


def test_a_profile_is_an_account():
    found = account(
        **{
            "$email": " ada@example.test ",
            "$name": "Ada Lovelace",
            "$created": "2026-01-02T03:04:05",
            "$last_seen": "2026-11-01T10:00:00+02:00",
        }
    )

    assert found == Account(
        external_id="ada",
        display_name="Ada Lovelace",
        email="ada@example.test",
        kind="human",
        created_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        last_active_at=datetime(2026, 11, 1, 8, 0, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ({"$first_name": "Ada", "$last_name": "Lovelace"}, "Ada Lovelace"),
        ({"$last_name": "Lovelace"}, "Lovelace"),
        ({"$name": "", "$first_name": "Ada"}, "Ada"),
        ({"$name": 7}, None),
        ({"$name": "x" * 600}, None),
    ],
)
def test_a_name_is_put_together_from_what_there_is(names: dict[str, Any], shown: str | None):
    assert account(**names).display_name == shown


@pytest.mark.parametrize("email", ["nobody", 7, ["a@example.test"], "", None])
def test_what_is_no_email_is_left_out(email: Any):
    found = account(**{"$email": email})

    assert found.email is None
    assert found.kind == ("human" if email == "nobody" else "unknown")


@pytest.mark.parametrize("value", ["yesterday", 1700000000, "", "0001-01-01T00:00:00+14:00", None])
def test_what_is_no_instant_is_left_out(value: Any):
    assert account(**{"$created": value, "$last_seen": value}).created_at is None


def test_an_account_goes_by_the_id_that_a_login_gave():
    assert account("$device:1", **{"$user_id": "ada"}).external_id == "ada"
    assert account(4).external_id == "4"


@pytest.mark.parametrize("distinct_id", [None, "", "x" * 513])
def test_a_profile_without_a_usable_id_is_set_aside(distinct_id: Any):
    with pytest.raises(BadRecord):
        account(distinct_id)


def test_a_days_total_is_a_usage_day():
    [record] = normalise.usage_day(AccountDay("ada", "Search run", date(2026, 11, 1), 3), None)

    assert record == UsageDay(account="ada", event="Search run", day=date(2026, 11, 1), count=3)


@pytest.mark.parametrize(
    "row",
    [
        Malformed("2026-11-01/nameless", "2 events have no distinct_id."),
        AccountDay("ada", "", date(2026, 11, 1), 1),
        AccountDay("x" * 513, "Search run", date(2026, 11, 1), 1),
    ],
)
def test_what_cannot_be_counted_is_set_aside(row: AccountDay | Malformed):
    with pytest.raises(BadRecord):
        list(normalise.usage_day(row, None))
