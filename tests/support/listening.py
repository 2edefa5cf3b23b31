"""An application on a port of this machine, as `prodops serve` runs it, in a thread."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import uvicorn
from fastapi import FastAPI

from tests.support.commands import PATIENCE


@contextmanager
def port_of(app: FastAPI, **options: Any) -> Iterator[int]:
    """The port, as long as the block lasts."""
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, **options))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive(), "The service did not start."
                thread.join(0.01)
            yield int(listening.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join(PATIENCE)
        assert not thread.is_alive(), "The service did not end."
