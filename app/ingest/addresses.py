"""E-mail addresses as people are told apart by."""

_LONGEST = 320


def address_of(text: str | None) -> str | None:
    """The address trimmed and in lower case; None for what cannot be one."""
    address = (text or "").strip().lower()
    name, _, host = address.rpartition("@")
    if not name or not host or len(address) > _LONGEST or " " in address or not address.isprintable():
        return None
    return address
