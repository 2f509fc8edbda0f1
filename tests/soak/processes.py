"""Several processes of ``race`` on one database."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).absolute().parents[2]


def race_in_processes(url: str, operations: int, processes: int, seed: int) -> list[str]:
    """Let the processes share the operations; the lines about broken rules."""
    share = [len(range(number, operations, processes)) for number in range(processes)]
    racers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.soak.race", url, f"--operations={count}",
             f"--seed={seed + number}"],
            cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for number, count in enumerate(share)
    ]  # fmt: skip
    try:
        printed = ["".join(_until_ready(racer)) for racer in racers]
        for racer in racers:
            assert racer.stdin is not None
            racer.stdin.write("\n")
            racer.stdin.flush()
        printed = [
            before + racer.communicate()[0] for before, racer in zip(printed, racers, strict=True)
        ]
    finally:
        for racer in racers:
            racer.kill()
            racer.wait()
    for racer, text in zip(racers, printed, strict=True):
        assert racer.returncode == 0, text
        assert "\ndone: " in text, text
    lines = [line for text in printed for line in text.splitlines()]
    return [line for line in lines if line.startswith("broken: ")]


def _until_ready(racer: subprocess.Popen[str]) -> list[str]:
    assert racer.stdout is not None
    lines = []
    for line in racer.stdout:
        lines.append(line)
        if line == "ready\n":
            break
    return lines
