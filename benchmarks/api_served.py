"""An application served by a process of its own, and clients who ask it."""

from __future__ import annotations

import logging
import multiprocessing
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection
from typing import Any

from flask import Flask
from waitress import create_server


@dataclass(frozen=True)
class Server:
    """A process that serves at ``port``; ``pipe`` tells the seconds that it has worked."""

    port: int
    pipe: Any

    def worked(self) -> float:
        """The seconds of the processor's time that the process has had."""
        self.pipe.send(None)
        return float(self.pipe.recv())


@contextmanager
def served(app: Flask) -> Iterator[Server]:
    """A process that serves the application by a waitress of one thread."""
    context: Any = multiprocessing.get_context("fork")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(app, there), daemon=True)
    process.start()
    try:
        yield Server(here.recv(), here)
    finally:
        process.terminate()
        process.join()


def _serve(app: Flask, parent: Any) -> None:
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # that clients wait is meant
    server: Any = create_server(app, map={}, host="127.0.0.1", port=0, threads=1)
    parent.send(server.effective_port)
    threading.Thread(target=_tell, args=(parent,), daemon=True).start()
    server.run()


def _tell(parent: Any) -> None:
    while True:
        parent.recv()
        parent.send(time.process_time())


class Callers:
    """Clients of an address, each with a connection that stays open."""

    def __init__(self, server: Server, path: str, token: str) -> None:
        self.server, self.path = server, path
        self.headers = {"Authorization": f"Bearer {token}"}
        self._open = partial(HTTPConnection, "127.0.0.1", server.port)
        self._first = self._open()

    def timed(self) -> float:
        """The seconds that one client waits for one answer."""
        started = time.perf_counter()
        self._ask(self._first)
        return time.perf_counter() - started

    def rate(self, clients: int, requests: int) -> tuple[float, float]:
        """Requests per second, and per second that the server worked, of clients who share
        so many requests and ask again at once."""
        each, worked = requests // clients, self.server.worked()
        threads = [threading.Thread(target=self._flood, args=(each,)) for _ in range(clients)]
        started = time.perf_counter()
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        took = time.perf_counter() - started
        return each * clients / took, each * clients / (self.server.worked() - worked)

    def _ask(self, connection: HTTPConnection) -> None:
        connection.request("GET", self.path, headers=self.headers)
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200, (self.path, body)

    def _flood(self, times: int) -> None:
        connection = self._open()
        for _ in range(times):
            self._ask(connection)
        connection.close()
