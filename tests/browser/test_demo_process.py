"""``python -m example_app`` as a process: it starts, keeps its data, and ends."""

from __future__ import annotations

import signal
import smtplib
import socket
from email.message import EmailMessage
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.example import END_SECONDS, Demo, free_ports, running_demo, start_demo


def is_free(port: int) -> bool:
    """Whether nobody listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def send_mail(port: int, subject: str) -> None:
    """Hand a mail to the demo's catcher."""
    message = EmailMessage()
    message["Subject"] = subject
    message["To"] = "somebody@example.com"
    message.set_content("Hello")
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as server:
        server.sendmail("hello@northwind.example", ["somebody@example.com"], message.as_bytes())


def read(url: str) -> str:
    """A page's text."""
    with urlopen(url, timeout=10) as response:
        text: str = response.read().decode()
        return text


def ends_at_once(demo: Demo, number: signal.Signals) -> None:
    """A signal ends it at once, with code 0, also while a mail client is connected."""
    with smtplib.SMTP("127.0.0.1", demo.port + 1, timeout=10) as client:
        client.noop()
        assert demo.end(number) == 0
        client.close()
    assert is_free(demo.port)
    assert is_free(demo.port + 1)
    assert "Traceback" not in demo.printed()


def test_start_says_where_everything_is(tmp_path: Path) -> None:
    """The addresses and the sign-in are printed; the data lies in the chosen directory; SIGTERM
    ends it."""
    with running_demo(tmp_path) as demo:
        printed = demo.printed()
        for part in (f"{demo.url}/", "/portal/", "/mailbox/", "admin, password admin"):
            assert part in printed
        assert "Traceback" not in printed
    assert (tmp_path / "demo.sqlite").exists()
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


def test_second_start_keeps_the_data(tmp_path: Path) -> None:
    """Key, customers and caught mail are the same after a restart by SIGINT; a reset removes
    them."""
    port = free_ports()
    with running_demo(tmp_path, port) as demo:
        send_mail(port + 1, "Kept over the night")
        assert "Kept over the night" in read(f"{demo.url}/mailbox/")
        ends_at_once(demo, signal.SIGINT)
    key = (tmp_path / "secret_key").read_text()
    with running_demo(tmp_path, port) as demo:
        assert "Kept over the night" in read(f"{demo.url}/mailbox/")
        assert (tmp_path / "secret_key").read_text() == key
        assert demo.end() == 0
    demo = start_demo(tmp_path, port, "--reset")
    try:
        demo.wait_until_open()
        assert "No mail yet" in read(f"{demo.url}/mailbox/")
        assert (tmp_path / "secret_key").read_text() != key
    finally:
        demo.end()
        demo.log.close()


@pytest.mark.parametrize("which", [0, 1])
def test_taken_port_is_said(tmp_path: Path, which: int) -> None:
    """A port that somebody else has gives a sentence and code 1, and touches no data."""
    port = free_ports()
    with socket.socket() as other:
        other.bind(("127.0.0.1", port + which))
        other.listen()
        demo = start_demo(tmp_path, port, "--reset")
        assert demo.process.wait(END_SECONDS) == 1
    assert f"port {port + which}" in demo.printed()
    assert "Traceback" not in demo.printed()
    assert not (tmp_path / "demo.sqlite").exists()
    demo.log.close()


def test_wrong_port_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PORT=99999 gives a sentence, no traceback."""
    demo = start_demo(tmp_path, 99999)
    assert demo.process.wait(END_SECONDS) == 1
    assert "PORT is '99999'" in demo.printed()
    demo.log.close()
