"""Credentials are sealed for one source, can be rotated, and appear in nothing that is stored or told."""

from typing import Any

import pytest
from sqlalchemy import select

from app.core.crypto import Keyring, SealError, new_key
from app.core.db import Database
from app.ingest import credentials
from app.models.source import source
from app.store import sources
from connectors.kit.stream import Order
from tests.support.stored import KEYRING, Site, add_source
from tests.support.vendor import TOKEN, Token, Vendor, VendorConnector


def test_they_open_for_their_own_source_only(db: Database) -> None:
    one, other = add_source(db, name="one"), add_source(db, name="other")
    sealed = credentials.seal(KEYRING, one, Token(token=TOKEN))
    assert TOKEN.encode() not in sealed
    opened = credentials.open_sealed(KEYRING, one, VendorConnector(Vendor()), sealed)
    assert opened.token.get_secret_value() == TOKEN
    with pytest.raises(SealError):
        credentials.open_sealed(KEYRING, other, VendorConnector(Vendor()), sealed)


def test_what_no_longer_fits_the_connector_is_told_without_its_content(db: Database) -> None:
    source_id = add_source(db)
    sealed = KEYRING.seal(b'{"kind": "other", "password": "obviously-fake"}', f"source/{source_id}/credentials")
    with pytest.raises(SealError) as refused:
        credentials.open_sealed(KEYRING, source_id, VendorConnector(Vendor()), sealed)
    assert "obviously-fake" not in repr(refused.value)
    assert refused.value.__cause__ is None


def test_rotation_wraps_everything_anew_once(db: Database) -> None:
    old, new = new_key(), new_key()
    source_id = add_source(db, "fake", keyring=Keyring([old]))
    with db.write() as connection:
        key = credentials.event_key(connection, Keyring([old]), source_id)
    both = Keyring([new, old])
    with db.write() as connection:
        assert credentials.rotate(connection, both, source_id)
        assert not credentials.rotate(connection, both, source_id)
        sealed = sources.credentials(connection, source_id)
        assert sealed is not None
        assert credentials.unseal(Keyring([new]), source_id, sealed)
        assert credentials.event_key(connection, Keyring([new]), source_id) == key


def test_credentials_that_cannot_be_opened_fail_the_run_and_ask_for_new_ones(sqlite_db: Database) -> None:
    site = Site(sqlite_db)
    with sqlite_db.write() as connection:
        sealed = credentials.seal(Keyring([new_key()]), site.source_id, Token(token=TOKEN))
        sources.set_credentials(connection, site.source_id, sealed)
    run = site.sync()
    assert run.error is not None
    assert (run.status, run.error["kind"]) == ("failed", "auth")


class RotatingConnector(VendorConnector):
    """Renews its token at the start of every run, and uses the new one only once it is stored."""

    def open(self, access: Any) -> Any:
        access.save_credentials(Token(token=TOKEN))
        return super().open(access)


def test_changed_credentials_are_durable_before_they_are_used(db: Database) -> None:
    site = Site(db, Vendor(order=Order.NONE))
    site.runner.connectors["fake"] = RotatingConnector(site.vendor)  # type: ignore[index]
    with db.read() as connection:
        before = connection.execute(select(source.c.credentials)).scalar_one()
    seen: list[bytes] = []

    def look(call: str) -> None:
        with db.read() as connection:
            seen.append(bytes(connection.execute(select(source.c.credentials)).scalar_one()))

    site.vendor.before_answer = look
    assert site.sync().status == "succeeded"
    assert seen[0] != bytes(before)


def test_every_secret_is_masked_before_it_is_used(sqlite_db: Database) -> None:
    masked: list[str] = []
    site = Site(sqlite_db)
    runner = type(site.runner)(sqlite_db, site.runner.connectors, KEYRING, site.clock, mask=masked.extend)
    site.vendor.before_answer = lambda call: masked.index(TOKEN) and None
    site.runner = runner
    assert site.sync().status == "succeeded"
    assert TOKEN in masked
