"""``flask contacts doctor``: what is wrong with this installation, and how to mend it."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Mapping

import click
from flask.cli import with_appcontext

from ..services.doctor import LEVELS, Examined, Finding, Level, examine

_COLOURS: Mapping[Level, str] = {"error": "red", "warning": "yellow", "note": "cyan"}
_WIDTH = 96
_INDENT = " " * 16


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print it for a program.")
@click.option("--offline", is_flag=True, help="Ask no mail server, no broker, no Redis.")
@with_appcontext
def doctor(as_json: bool, offline: bool) -> None:
    """Examine settings, mail server, database, rights and delivery; sends no mail.

    Ends with 1 where an error is found. docs/reference/doctor.md describes each code.
    """
    done = []
    for examined in examine(offline=offline):
        done.append(examined)
        if not as_json:
            for finding in examined.findings:
                _print(finding)
    found = [finding for examined in done for finding in examined.findings]
    counts = {level: sum(one.problem.level == level for one in found) for level in LEVELS}
    if as_json:
        click.echo(json.dumps(_as_json(done, counts), indent=2))
    else:
        click.echo(f"{len(done)} checks: {_in_words(counts)}.")
    if counts["error"]:
        raise SystemExit(1)


def _print(finding: Finding) -> None:
    problem = finding.problem
    level = click.style(f"{problem.level:<7}", fg=_COLOURS[problem.level], bold=True)
    click.echo(f"{level}  {problem.code}  {problem.title}")
    for text in (finding.detail, problem.means, f"→ {problem.mend}"):
        if text:
            lines = textwrap.wrap(text.replace("`", ""), _WIDTH, break_on_hyphens=False)
            click.echo(textwrap.indent("\n".join(lines), _INDENT))
    click.echo()


def _in_words(counts: Mapping[Level, int]) -> str:
    parts = [f"{count} {level}{'s' * (count != 1)}" for level, count in counts.items() if count]
    return ", ".join(parts) or "all is well"


def _as_json(done: Iterable[Examined], counts: Mapping[Level, int]) -> dict[str, object]:
    checks = [
        {
            "name": examined.name,
            "findings": [
                {
                    "code": finding.problem.code,
                    "level": finding.problem.level,
                    "title": finding.problem.title,
                    "detail": finding.detail,
                    "means": finding.problem.means,
                    "mend": finding.problem.mend,
                }
                for finding in examined.findings
            ],
        }
        for examined in done
    ]
    return {"counts": dict(counts), "checks": checks}
