"""Over TLS the connection goes to the pinned address, and the name that is proven is still the real one."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from connectors.kit.errors import ConfigError
from tests.support.certificates import self_signed
from tests.support.http_client import Answer, client
from tests.support.raw_server import RawServer, Script, json_answer, raw_server


@contextmanager
def tls_server(context: ssl.SSLContext) -> Iterator[tuple[RawServer, list[Any]]]:
    """A raw server behind TLS; also the names that clients asked for."""
    names: list[Any] = []

    def remember(_: ssl.SSLSocket, name: str | None, __: ssl.SSLContext) -> None:
        names.append(name)

    context.sni_callback = remember  # type: ignore[assignment]

    def secured(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as stream:
            stream.recv(65_536)
            stream.sendall(json_answer(b'{"value": 1}'))

    script: Script = secured
    with raw_server(script, read_head=False) as server:
        yield server, names


def test_the_certificate_is_checked_against_the_name_and_not_the_address(tmp_path: Path):
    serving, trusting = self_signed("vendor.test", tmp_path)

    with (
        tls_server(serving) as (server, names),
        client(f"https://vendor.test:{server.port}", ssl_context=trusting) as (http, _),
    ):
        assert http.get_json("/things", type=Answer) == Answer(1)

    assert names == ["vendor.test"]


@pytest.mark.parametrize(("host", "trusted"), [("other.test", True), ("vendor.test", False)])
def test_a_certificate_of_another_name_or_of_nobody_we_know_is_the_admins_to_mend(
    host: str, trusted: bool, tmp_path: Path
):
    serving, trusting = self_signed(host, tmp_path)

    with (
        tls_server(serving) as (server, _),
        client(f"https://vendor.test:{server.port}", ssl_context=trusting if trusted else None) as (http, naps),
        pytest.raises(ConfigError, match="certificate that this machine does not trust"),
    ):
        http.get_json("/things", type=Answer)

    assert naps.seconds == []
