"""Passwords: hashed with Argon2id, and compared in the same time whether or not there is anything to compare with."""

from threading import Semaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 12
LONGEST = 1_000

# One of the settings that OWASP names as equal to each other.
_hasher = PasswordHasher(time_cost=1, memory_cost=46 * 1024, parallelism=1)
# A hash takes 46 MiB: guessing must not take the memory of the machine.
_at_once = Semaphore(2)
_NOBODYS = "$argon2id$v=19$m=47104,t=1,p=1$GkZHB+ancnSfa7zZrQY2PQ$+JvVGwZc5XRl2OAH+2mlp1e2D/8VfrjdrTYiIXjbE+M"


class WeakPasswordError(ValueError):
    """The password is too short, too long, or too simple."""


def check(password: str) -> None:
    """Refuse a password that is no good. Raises WeakPasswordError."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise WeakPasswordError(f"A password has {SHORTEST} to {LONGEST} characters.")
    if len(set(password)) < 5:
        raise WeakPasswordError("A password has at least five different characters.")


def hash_of(password: str) -> str:
    """What is stored of a password. Raises WeakPasswordError."""
    check(password)
    with _at_once:
        return _hasher.hash(password)


def matches(password: str, stored: str | None) -> bool:
    """Whether it is the password; takes as long for nobody (`None`) as for somebody."""
    with _at_once:
        try:
            _hasher.verify(_NOBODYS if stored is None else stored, password)
        except (VerificationError, InvalidHashError):
            return False
    return stored is not None


def is_outdated(stored: str) -> bool:
    """Whether the hash was made with weaker parameters than those of today."""
    return _hasher.check_needs_rehash(stored)
