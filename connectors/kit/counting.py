"""How many items each scope holds, for whoever chooses what is read."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from connectors.kit.errors import ConnectorError, Transient
from connectors.kit.stream import Scope

MOST = 60
"""Somebody waits for the answer, and vendors charge counts dearly: of more scopes, the first ones are counted."""
_AT_ONCE = 6


def counted(scopes: Sequence[Scope], count: Callable[[Scope], int | None]) -> list[Scope]:
    """The scopes, those that do not know how many items they hold with what `count` says.

    A count is a help and no condition: a scope that the vendor does not count stays without one, and after the
    first request that the vendor is too busy for, none is sent any more.
    """
    busy = False

    def ask(scope: Scope) -> Scope:
        nonlocal busy
        if busy:
            return scope
        try:
            return replace(scope, items=count(scope))
        except Transient:
            busy = True
        except ConnectorError:
            pass
        return scope

    asked = [scope for scope in scopes if scope.items is None][:MOST]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answers = {scope.external_id: scope for scope in pool.map(ask, asked)}
    return [answers.get(scope.external_id, scope) for scope in scopes]
