"""``flask contacts doctor``: what is wrong with this installation, and how to mend it."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext

import click
from flask.cli import with_appcontext

from ..i18n import _, _lp, _n, in_language
from ..services.doctor import LEVELS, Examined, Finding, Level, examine

_COLOURS: Mapping[Level, str] = {"error": "red", "warning": "yellow", "note": "cyan"}
_LABELS: Mapping[Level, object] = {
    "error": _lp("doctor", "error"),
    "warning": _lp("doctor", "warning"),
    "note": _lp("doctor", "note"),
}
_COUNTED: Mapping[Level, Callable[[int], str]] = {
    "error": lambda number: _n("%(num)d error", "%(num)d errors", number),
    "warning": lambda number: _n("%(num)d warning", "%(num)d warnings", number),
    "note": lambda number: _n("%(num)d note", "%(num)d notes", number),
}
_WIDTH = 96
_INDENT = " " * 16


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print it for a program.")
@click.option("--offline", is_flag=True, help="Ask no mail server, no broker, no Redis.")
@with_appcontext
def doctor(as_json: bool, offline: bool) -> None:
    """Examine settings, mail server, database, rights and delivery; sends no mail.

    Errors are printed first, then warnings, then notes.
    Ends with 1 where an error is found. docs/reference/doctor.md describes each code.
    """
    with in_language("en") if as_json else nullcontext():
        done = list(examine(offline=offline))
        found = [finding for examined in done for finding in examined.findings]
        counts = {level: sum(one.problem.level == level for one in found) for level in LEVELS}
        if as_json:
            click.echo(json.dumps(_as_json(done, counts), indent=2))
        else:
            for finding in sorted(found, key=_worst_first):
                _print(finding)
            click.echo(_summary(len(done), counts))
    if counts["error"]:
        raise SystemExit(1)


def _worst_first(finding: Finding) -> int:
    return LEVELS.index(finding.problem.level)


def _print(finding: Finding) -> None:
    problem = finding.problem
    label = f"{_LABELS[problem.level]!s:<7}"
    level = click.style(label, fg=_COLOURS[problem.level], bold=True)
    click.echo(f"{level}  {problem.code}  {problem.title}")
    for text in (finding.detail, str(problem.means), f"→ {problem.mend}"):
        if text:
            lines = textwrap.wrap(text.replace("`", ""), _WIDTH, break_on_hyphens=False)
            click.echo(textwrap.indent("\n".join(lines), _INDENT))
    click.echo()


def _summary(checks: int, counts: Mapping[Level, int]) -> str:
    parts = [_COUNTED[level](count) for level, count in counts.items() if count]
    text: str = _n(
        "%(num)d check: %(found)s.",
        "%(num)d checks: %(found)s.",
        checks,
        found=", ".join(parts) or _("all is well"),
    )
    return text


def _as_json(done: Iterable[Examined], counts: Mapping[Level, int]) -> dict[str, object]:
    checks = [
        {
            "name": examined.name,
            "findings": [
                {
                    "code": finding.problem.code,
                    "level": finding.problem.level,
                    "title": str(finding.problem.title),
                    "detail": finding.detail,
                    "means": str(finding.problem.means),
                    "mend": str(finding.problem.mend),
                }
                for finding in examined.findings
            ],
        }
        for examined in done
    ]
    return {"counts": dict(counts), "checks": checks}
