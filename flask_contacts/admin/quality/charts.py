"""The charts of CRM → Data quality: their columns and bars, and where each leads to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from babel.dates import format_skeleton
from babel.numbers import format_compact_decimal
from flask_babel import format_decimal, get_locale

from ...i18n import _, _n
from ...services.invitations.states import STATES
from ...services.quality import trends
from ...state import current_contacts
from ..contact_visibility import visible_in_list
from ..moments import day_in_words

Way = Callable[..., str] | None


@dataclass(frozen=True)
class Column:
    """A value of a chart. ``share`` is of 100 for the largest; ``brief`` and ``tick`` are the
    number and the label where there is little room."""

    label: str
    tick: str
    number: str
    brief: str
    share: float
    url: str | None = None


@dataclass(frozen=True)
class Chart:
    """``heading`` names the labels in the chart's table, ``total`` is all of it in a sentence."""

    title: str
    heading: str
    total: str
    columns: list[Column]
    is_empty: bool


def charts(list_url: Way, state_url: Way) -> tuple[Chart, Chart, Chart]:
    """Contacts over time, who signed in, invitations; with ways to the lists of the values."""
    session, visible = current_contacts.session, visible_in_list()
    return (
        _contacts(trends.contacts_by_month(session, visible), list_url),
        _signed_in(*trends.signed_in_by_week(session, visible), list_url),
        _invitations(trends.invitations_by_state(session, visible), state_url),
    )


def _contacts(counts: Mapping[date, int], list_url: Way) -> Chart:
    def url(first: date) -> str | None:
        if list_url is None:
            return None
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        days = {"created_from": first.isoformat(), "created_until": last.isoformat()}
        return list_url(state="all", order="created", **days)

    top, total = max(counts.values()), sum(counts.values())
    columns = [
        _column(_skeleton("yMMMM", first), _skeleton("MMM", first), count, top, url(first))
        for first, count in counts.items()
    ]
    text = _("%(total)s in the last 12 months", total=format_decimal(total))
    return Chart(_("New contacts"), _("Month"), text, columns, not total)


def _signed_in(counts: Mapping[date, int], total: int, list_url: Way) -> Chart:
    def url(monday: date) -> str | None:
        if list_url is None:
            return None
        days = {"signed_in_from": monday, "signed_in_until": monday + timedelta(days=6)}
        return list_url(state="all", **{name: day.isoformat() for name, day in days.items()})

    top = max(counts.values())
    columns = [
        _column(_("Week of %(date)s", date=day_in_words(monday)), _skeleton("Md", monday),
                count, top, url(monday))
        for monday, count in counts.items()
    ]  # fmt: skip
    text = _n(
        "%(count)s contact in the last 12 weeks", "%(count)s contacts in the last 12 weeks", total,
        count=format_decimal(total),
    )  # fmt: skip
    return Chart(_("Who signed in to the portal"), _("Week"), text, columns, not total)


def _invitations(counts: Mapping[str, int], state_url: Way) -> Chart:
    top, total = max(counts.values()), sum(counts.values())
    columns = [
        _column(str(STATES[name]), "", count, top, state_url(name) if state_url else None)
        for name, count in counts.items()
    ]
    text = _("%(total)s contacts with a login", total=format_decimal(total))
    return Chart(_("Invitations"), _("State"), text, columns, not total)


def _column(label: str, tick: str, count: int, top: int, url: str | None = None) -> Column:
    brief = format_compact_decimal(count, locale=get_locale())
    share = 100 * count / top if top else 0.0
    return Column(label, tick, format_decimal(count), brief, round(share, 1), url)


def _skeleton(skeleton: str, day: date) -> str:
    return str(format_skeleton(skeleton, day, locale=get_locale()))
