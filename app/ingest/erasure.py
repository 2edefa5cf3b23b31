"""Erasing a person: every name, address and id goes, the numbers stay, and no sync brings the person back.

An account of an erased person is known by a pseudonym: a keyed hash of its source and id. What a vendor tells later
of the id is written under the pseudonym too, so that numbers go on as they would have.
"""

import hmac
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection

from app.core.crypto import Keyring
from app.core.types import without_nul
from app.ingest.addresses import address_of
from app.ingest.rows import record_ids
from app.store import erasure as store
from app.store import joins, people
from connectors.kit import records as kit
from connectors.kit.records import Record

_PLACE = "erasure/key"
_DIGEST_BYTES = 16


class Guard:
    """What was erased, for one source: tells what must not come back, and under which pseudonym it is known."""

    def __init__(self, key: bytes, source_id: UUID, ids: set[bytes], addresses: set[bytes]) -> None:
        self._key = key
        self._source_id = source_id
        self._ids = ids
        self._addresses = addresses
        self._names: dict[str, str] = {}

    def account(self, external_id: str) -> str:
        """The id under which an account is stored: the vendor's own, or the pseudonym of an erased one."""
        known = self._names.get(external_id)
        if known is None:
            digest = self._digest("account", without_nul(external_id))
            known = self._names[external_id] = pseudonym(digest) if digest in self._ids else external_id
        return known

    def is_erased_address(self, text: str | None) -> bool:
        """Whether this is an erased person's address."""
        address = address_of(text)
        return address is not None and address_digest(self._key, address) in self._addresses

    def is_erased_record(self, record: kit.Person) -> bool:
        """Whether a directory tells of an erased person."""
        by_id = self._digest("person", without_nul(record.external_id)) in self._ids
        return by_id or self.is_erased_address(record.email)

    def erase(self, connection: Connection, external_id: str) -> None:
        """Put the pseudonym of an account in the place of everything that is stored of it."""
        old = without_nul(external_id)
        digest = self._digest("account", old)
        new = pseudonym(digest)
        store.remember(connection, [(self._source_id, digest)], [])
        store.rename_account(connection, self._source_id, old, new, _id_of(self._source_id, new))
        self._ids.add(digest)
        self._names[external_id] = new

    def erase_record(self, connection: Connection, external_id: str) -> None:
        """Let no directory tell of this person again."""
        store.remember(connection, [(self._source_id, self._digest("person", external_id))], [])

    def _digest(self, what: str, external_id: str) -> bytes:
        return _hash(self._key, what.encode(), self._source_id.bytes, external_id.encode())


def guard_of(connection: Connection, keyring: Keyring, source_id: UUID) -> Guard | None:
    """The guard of a source; None as long as nothing was erased anywhere.

    Raises SealError where the key of the hashes cannot be opened: then nobody can tell who must not come back.
    """
    sealed = store.sealed_key(connection)
    if sealed is None:
        return None
    key = keyring.open(sealed, _PLACE)
    return Guard(key, source_id, store.erased_ids(connection, source_id), store.erased_addresses(connection))


def is_erased_address(connection: Connection, keyring: Keyring, address: str) -> bool:
    """Whether an address (trimmed, in lower case) is an erased person's. Raises SealError."""
    sealed = store.sealed_key(connection)
    if sealed is None:
        return False
    return address_digest(keyring.open(sealed, _PLACE), address) in store.erased_addresses(connection)


def erase(connection: Connection, keyring: Keyring, person_id: UUID, *, now: datetime) -> set[str]:
    """Erase a person; gives the addresses that are gone with them.

    The caller holds `people.hold`. Raises SealError without a key to keep the hashes by.

    The person's own address never comes back; another address of the person's accounts does not either, unless
    somebody else's account has it too.
    """
    joins.lock_sources(connection)
    key = _key(connection, keyring)
    person = people.living(connection, [person_id])[person_id]
    mine = [
        (row["source_id"], row["external_id"], row["display_name"]) for row in people.accounts_of(connection, person_id)
    ]
    records = store.records_of(connection, person_id)
    addresses = {address for row in records if (address := address_of(row.email))}
    foreign: set[str] = set()
    for row in store.accounts(connection):
        address = address_of(row.email)
        if address is not None:
            (addresses if row.person_id == person_id else foreign).add(address)
    addresses = (addresses - foreign) | ({person["email"]} if person["email"] else set())
    store.remember(connection, [], [address_digest(key, address) for address in addresses])
    ids = {(source_id, external_id) for source_id, external_id, _ in mine}
    ids |= {
        (row.source_id, row.external_id) for row in store.accounts(connection) if address_of(row.email) in addresses
    }
    names = {name for _, _, name in mine if name} | ({person["name"]} if person["name"] else set())
    guards: dict[UUID, Guard] = {}
    for source_id, external_id in sorted(ids):
        guard = guards.setdefault(source_id, _made(connection, key, source_id))
        store.forget_rejects(connection, source_id, {external_id, *addresses, *names})
        guard.erase(connection, external_id)
    for row in records:
        guard = guards.setdefault(row.source_id, _made(connection, key, row.source_id))
        store.forget_rejects(connection, row.source_id, {row.external_id, *addresses, *names})
        guard.erase_record(connection, row.external_id)
    store.forget_person(connection, person_id, now)
    return addresses


def rotate(connection: Connection, keyring: Keyring) -> bool:
    """Wrap the key of the hashes by the newest key; whether there was anything to do. Raises SealError."""
    sealed = store.sealed_key(connection)
    if sealed is None or keyring.is_current(sealed):
        return False
    store.set_sealed_key(connection, keyring.rewrap(sealed, _PLACE))
    return True


def guarded(connection: Connection, guard: Guard, records: Sequence[Record]) -> tuple[list[Record], set[int]]:
    """The records with pseudonyms where they name erased accounts, and the places of those that must not be stored.

    An account that turns up with an erased address is erased too.
    """
    dropped: set[int] = set()
    found: list[Record] = []
    for record in records:
        if isinstance(record, kit.Account) and guard.is_erased_address(record.email):
            if guard.account(record.external_id) == record.external_id:
                guard.erase(connection, record.external_id)
        elif isinstance(record, kit.Person) and guard.is_erased_record(record):
            dropped.add(len(found))
        rename = _RENAMED.get(type(record))
        found.append(record if rename is None else rename(record, guard))
    return found, dropped


def pseudonym(digest: bytes) -> str:
    """What an erased account is called."""
    return f"erased-{digest.hex()}"


def address_digest(key: bytes, address: str) -> bytes:
    """The keyed hash of an address."""
    return _hash(key, b"address", address.encode())


def _key(connection: Connection, keyring: Keyring) -> bytes:
    sealed = store.sealed_key(connection)
    if sealed is not None:
        return keyring.open(sealed, _PLACE)
    fresh = secrets.token_bytes(32)
    store.set_sealed_key(connection, keyring.seal(fresh, _PLACE))
    return fresh


def _made(connection: Connection, key: bytes, source_id: UUID) -> Guard:
    return Guard(key, source_id, store.erased_ids(connection, source_id), set())


def _hash(key: bytes, *parts: bytes) -> bytes:
    return hmac.digest(key, b"\0".join(parts), "sha256")[:_DIGEST_BYTES]


def _id_of(source_id: UUID, external_id: str) -> UUID:
    return UUID(bytes=record_ids(source_id, kit.Account.record_type, [external_id])[0])


def _fields(*names: str, **cleared: None) -> Callable[[Any, Guard], Record]:
    """A rename of these fields; a record that changes loses what `cleared` names."""

    def rename(record: Any, guard: Guard) -> Record:
        named = {name: value for name in names if (value := getattr(record, name)) is not None}
        changed = {name: new for name, value in named.items() if (new := guard.account(value)) != value}
        renamed: Record = msgspec.structs.replace(record, **changed, **cleared) if changed else record
        return renamed

    return rename


def _channel(record: kit.Channel, guard: Guard) -> Record:
    return msgspec.structs.replace(record, members=tuple(map(guard.account, record.members)))


_starters = _fields("started_by", "first_reply_by")


def _conversation(record: kit.Conversation, guard: Guard) -> Record:
    marks = tuple(
        mark if mark.by is None else msgspec.structs.replace(mark, by=guard.account(mark.by)) for mark in record.marks
    )
    people_in = tuple(map(guard.account, record.participants))
    return _starters(msgspec.structs.replace(record, participants=people_in, marks=marks), guard)


def _activity(record: kit.ActivityOf, guard: Guard) -> Record:
    days = tuple((guard.account(account), event, day, count) for account, event, day, count in record.days)
    return msgspec.structs.replace(record, days=days)


_RENAMED: Mapping[type[Record], Callable[[Any, Guard], Record]] = {
    kit.Account: _fields("external_id", display_name=None, email=None),
    kit.WorkItem: _fields("assignee", "creator"),
    kit.Transition: _fields("actor"),
    kit.Seat: _fields("account"),
    kit.UsageEvent: _fields("account"),
    kit.UsageDay: _fields("account"),
    kit.MeetingDay: _fields("account"),
    kit.SurveyResponse: _fields("account", comment=None),
    kit.Channel: _channel,
    kit.Conversation: _conversation,
    kit.ActivityOf: _activity,
}
