"""Settings come from the environment, refuse what is wrong with a sentence, and have no default secret."""

import pytest
from pydantic import ValidationError

from app.core.crypto import new_key
from app.core.settings import Settings


def settings(**values: object) -> Settings:
    return Settings(_env_file=None, **values)  # type: ignore[arg-type]


def test_no_secret_has_a_default() -> None:
    fresh = settings()
    assert fresh.secret_keys == ()
    assert fresh.admin_token is None
    assert fresh.secret_values() == []


def test_lists_are_given_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = new_key(), new_key()
    monkeypatch.setenv("PRODOPS_SECRET_KEYS", f"{one}, {two}")
    monkeypatch.setenv("PRODOPS_ALLOWED_PRIVATE_HOSTS", "127.0.0.1,10.0.0.0/8")
    read = Settings(_env_file=None)
    assert [key.get_secret_value() for key in read.secret_keys] == [one, two]
    assert read.allowed_private_hosts == ("127.0.0.1", "10.0.0.0/8")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("timezone", "Mars/Olympus"),
        ("timezone", "../etc/passwd"),
        ("timezone", ""),
        ("locale", "de"),
        ("min_group", 2),
        ("min_group", 0),
        ("secret_keys", "not a key"),
        ("admin_token", "short"),
        ("queue", "celery"),
    ],
)
def test_a_wrong_value_is_refused(name: str, value: object) -> None:
    with pytest.raises(ValidationError):
        settings(**{name: value})


def test_a_secret_is_not_shown() -> None:
    key = new_key()
    token = "a-fake-admin-token-for-tests"
    read = settings(secret_keys=key, admin_token=token)
    assert key not in repr(read)
    assert token not in repr(read)
    assert set(read.secret_values()) == {key, token}


def test_groups_of_one_switch_suppression_off() -> None:
    assert settings(min_group=1).min_group == 1
