"""E-mail addresses as people are told apart by."""


def address_of(text: str | None) -> str | None:
    """The address trimmed and in lower case; None for what cannot be one."""
    address = (text or "").strip().lower()
    name, _, host = address.rpartition("@")
    if (
        not name
        or not host
        or len(address) > 320
        or any(letter.isspace() or not letter.isprintable() for letter in address)
    ):
        return None
    return address
