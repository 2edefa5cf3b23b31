"""Sealing: what is sealed opens in its own place, under a key of the ring, and nowhere else."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.crypto import Keyring, SealError, new_key

OLD, NEW = new_key(), new_key()
PLACE = "source:1/credentials"


@given(st.binary(max_size=4096))
def test_what_was_sealed_opens_again(text: bytes) -> None:
    ring = Keyring([OLD])
    assert ring.open(ring.seal(text, PLACE), PLACE) == text


def test_the_same_text_is_never_sealed_alike() -> None:
    ring = Keyring([OLD])
    assert ring.seal(b"text", PLACE) != ring.seal(b"text", PLACE)


def test_a_sealed_value_does_not_open_in_another_place() -> None:
    ring = Keyring([OLD])
    with pytest.raises(SealError):
        ring.open(ring.seal(b"text", PLACE), "source:2/credentials")


@given(st.integers(min_value=0, max_value=120), st.integers(min_value=1, max_value=255))
def test_one_altered_byte_is_noticed(position: int, flip: int) -> None:
    ring = Keyring([OLD])
    sealed = bytearray(ring.seal(b"a text of some length to alter", PLACE))
    sealed[position % len(sealed)] ^= flip
    with pytest.raises(SealError):
        ring.open(bytes(sealed), PLACE)


def test_a_new_key_seals_and_the_old_one_still_opens() -> None:
    sealed = Keyring([OLD]).seal(b"text", PLACE)
    ring = Keyring([NEW, OLD])
    assert ring.open(sealed, PLACE) == b"text"
    assert not ring.is_current(sealed)
    rewrapped = ring.rewrap(sealed, PLACE)
    assert ring.is_current(rewrapped)
    assert Keyring([NEW]).open(rewrapped, PLACE) == b"text"


def test_a_lost_key_is_said_with_the_remedy() -> None:
    sealed = Keyring([OLD]).seal(b"text", PLACE)
    with pytest.raises(SealError, match="enter it again"):
        Keyring([NEW]).open(sealed, PLACE)


def test_without_a_key_nothing_is_sealed() -> None:
    with pytest.raises(SealError, match="PRODOPS_SECRET_KEYS"):
        Keyring([]).seal(b"text", PLACE)


@pytest.mark.parametrize("key", ["", "short", "ü" * 43, base64.urlsafe_b64encode(b"x" * 31).decode(), "!" * 43])
def test_a_malformed_key_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(SealError) as caught:
        Keyring([key])
    assert not key or key not in str(caught.value)


def test_the_ring_shows_no_key() -> None:
    assert OLD not in repr(Keyring([OLD]))
