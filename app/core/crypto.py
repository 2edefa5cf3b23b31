"""Sealing of credentials: an AES-256-GCM envelope, bound to the place that it is stored in.

Each sealed value has a data key of its own, wrapped by a key of the deployment; a new deployment key only
rewraps data keys. Layout: version (1 byte), key id (8), nonce (12), wrapped data key (48), nonce (12), text.
"""

import base64
import binascii
import hashlib
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION = b"\x01"
_ID, _NONCE, _WRAPPED = 8, 12, 48


class SealError(ValueError):
    """A deployment key that is malformed, missing, or not the one a value was sealed with."""


class Keyring:
    """The deployment's keys, newest first. `repr` shows none of them."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = [_decode(key) for key in keys]
        self._by_id = {_key_id(key): key for key in self._keys}

    def __bool__(self) -> bool:
        """Whether there is a key to seal with."""
        return bool(self._keys)

    def seal(self, text: bytes, place: str) -> bytes:
        """Seal with the newest key; `place` (source and field) must be the same when it is opened.

        Raises SealError without a key.
        """
        if not self._keys:
            raise SealError("No secret key is set: set PRODOPS_SECRET_KEYS.")
        data_key = AESGCM.generate_key(256)
        nonce = os.urandom(_NONCE)
        return self._wrap(data_key, place) + nonce + AESGCM(data_key).encrypt(nonce, text, place.encode())

    def open(self, sealed: bytes, place: str) -> bytes:
        """The sealed text. Raises SealError if its key is not in the ring, or it was altered or moved."""
        data_key = self._unwrap(sealed, place)
        body = sealed[1 + _ID + _NONCE + _WRAPPED :]
        return _decrypt(data_key, body[:_NONCE], body[_NONCE:], place)

    def is_current(self, sealed: bytes) -> bool:
        """Whether the newest key wraps it."""
        return bool(self._keys) and sealed[1 : 1 + _ID] == _key_id(self._keys[0])

    def rewrap(self, sealed: bytes, place: str) -> bytes:
        """The same value under the newest key."""
        return self._wrap(self._unwrap(sealed, place), place) + sealed[1 + _ID + _NONCE + _WRAPPED :]

    def _wrap(self, data_key: bytes, place: str) -> bytes:
        newest = self._keys[0]
        nonce = os.urandom(_NONCE)
        return _VERSION + _key_id(newest) + nonce + AESGCM(newest).encrypt(nonce, data_key, place.encode())

    def _unwrap(self, sealed: bytes, place: str) -> bytes:
        if sealed[:1] != _VERSION:
            raise SealError("The sealed value has an unknown form.")
        key = self._by_id.get(sealed[1 : 1 + _ID])
        if key is None:
            raise SealError("The value was sealed with a key that is not in PRODOPS_SECRET_KEYS: enter it again.")
        start = 1 + _ID
        nonce, wrapped = sealed[start : start + _NONCE], sealed[start + _NONCE : start + _NONCE + _WRAPPED]
        return _decrypt(key, nonce, wrapped, place)


def new_key() -> str:
    """A fresh deployment key: 32 random bytes, base64url."""
    return base64.urlsafe_b64encode(os.urandom(32)).decode().rstrip("=")


def _decode(key: str) -> bytes:
    try:
        raw = base64.b64decode(key + "=" * (-len(key) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise SealError("A secret key is not base64url: make one with 'prodops keys new'.") from error
    if len(raw) != 32:
        raise SealError("A secret key must hold 32 bytes: make one with 'prodops keys new'.")
    return raw


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"prodops key id" + key).digest()[:_ID]


def _decrypt(key: bytes, nonce: bytes, text: bytes, place: str) -> bytes:
    try:
        return AESGCM(key).decrypt(nonce, text, place.encode())
    except (InvalidTag, ValueError) as error:
        raise SealError("The sealed value was altered, or belongs to another place.") from error
