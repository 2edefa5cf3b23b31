"""When an absence is too large to be believed."""

_FEW = 20
_SHARE = 0.3


def unusual(gone: int, of: int) -> bool:
    """Whether so many missing entries are taken for a partial answer rather than for deletions."""
    return gone > _FEW and gone > _SHARE * of
