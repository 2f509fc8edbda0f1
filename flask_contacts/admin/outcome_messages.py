"""What staff read of something that was done to many contacts: to whom not, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from markupsafe import Markup

from ..i18n import _
from ..services.chunks import Outcome
from .people_names import NAMED, told_apart
from .safe_view import flash

__all__ = ["NAMED", "by_reason", "tell_more", "tell_refused", "told_apart"]


def by_reason(
    outcomes: Sequence[Outcome], words: Mapping[str, Any]
) -> list[tuple[Any, list[Outcome]]]:
    """Who is left out, by the reason in words and in the order of ``words``."""
    order = list(words)
    refused = [one for one in outcomes if one.refusal is not None]
    refused.sort(key=lambda one: order.index(str(one.refusal)))
    return [
        (words[str(reason)], list(some))
        for reason, some in groupby(refused, lambda one: one.refusal)
    ]


def tell_refused(outcomes: Sequence[Outcome], words: Mapping[str, Any]) -> None:
    """Flash a warning for each reason, with the first names."""
    for reason, refused in by_reason(told_apart(outcomes), words):
        names = [one.name for one in refused if one.name]
        shown = ", ".join(names[:NAMED]) + (", …" if len(names) > NAMED else "")
        text = _("Left out (%(count)s): %(reason)s", count=len(refused), reason=reason)
        flash(f"{text} {shown}" if shown else text, "warning")


def tell_more(more_url: str | None) -> None:
    """Flash the way to the next ones that match."""
    if more_url is not None:
        link = Markup('{} <a class="alert-link" href="{}">{}</a>')
        flash(
            link.format(_("More contacts match."), more_url, _("Go on with the next ones")), "info"
        )
