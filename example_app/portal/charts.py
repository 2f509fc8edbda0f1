"""Charts of the portal: columns as inline SVG, beside the table that holds their figures."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pygal
from babel.numbers import format_compact_currency
from flask_babel import format_date, get_locale, gettext
from markupsafe import Markup
from pygal.style import Style

from ..figures import Chart
from ..formatting import CURRENCY, month

# pygal leaves a finder for its maps among the importers, of a kind that Python 3.11 warns of
# whenever anything is not found. We need no maps.
sys.meta_path[:] = [one for one in sys.meta_path if type(one).__module__ != pygal.__name__]

WIDTH, HEIGHT, LABEL = 520, 230, 15
"""The drawing's units; it is as wide as its panel. Labels are larger on phones."""


@dataclass(frozen=True)
class Month:
    """What was invoiced in a month, and how much of it is paid."""

    first_day: date
    invoiced: Decimal
    paid: Decimal

    @property
    def name(self) -> str:
        """The month and its year, in the reader's language."""
        return str(format_date(self.first_day, "MMMM y", rebase=False))

    @property
    def open(self) -> Decimal:
        """What is left to pay."""
        return max(self.invoiced - self.paid, Decimal(0))


def invoice_chart(months: Sequence[Month]) -> Markup:
    """For the dashboard: what was invoiced in each month, and how much of it is paid."""
    return columns(
        [format_date(month.first_day, "LLLLL", rebase=False) for month in months],
        [
            (gettext("Paid"), [month.paid for month in months]),
            (gettext("Open"), [month.open for month in months]),
        ],
        pygal.StackedBar,
    )


def statement_chart(chart: Chart) -> Markup:
    """For the statement: what was invoiced in each month or year, and what came in."""
    return columns(
        [str(one.first.year) if chart.by_year else month(one.first) for one in chart.columns],
        [
            (gettext("Paid or credited"), [one.paid for one in chart.columns]),
            (gettext("Invoiced"), [one.invoiced for one in chart.columns]),
        ],
        pygal.Bar,
    )


def columns(
    labels: Sequence[str], series: Sequence[tuple[str, Sequence[Decimal]]], kind: type[Any]
) -> Markup:
    """Columns as inline SVG, without style or script: the page's policy allows neither.

    Its colours are those of ``static/portal.css``. It is hidden from screen readers; the
    figures stand beside it as a table.
    """
    chart = kind(
        width=WIDTH,
        height=HEIGHT,
        margin=0,
        margin_bottom=10,
        spacing=4,
        style=Style(label_font_size=LABEL, major_label_font_size=LABEL),
        show_legend=False,
        print_values=False,
        truncate_label=-1,
        max_scale=4,
        min_scale=2,
        disable_xml_declaration=True,
        js=(),
        css=(),
    )
    chart.x_labels = labels
    chart.value_formatter = _short
    for name, values in series:
        chart.add(name, [float(value) for value in values])
    chart.add_xml_filter(_bare)
    return Markup(chart.render(is_unicode=True))  # pygal escapes the few words in it


def _short(value: float) -> str:
    return format_compact_currency(value, CURRENCY, locale=get_locale(), fraction_digits=0)


def _bare(root: Any) -> Any:
    """Only shapes and labels: no style sheet, no script, no tooltips of a script."""
    root.attrib.pop("id", None)
    root.set("aria-hidden", "true")
    root.set("focusable", "false")
    for parent in list(root.iter()):
        for child in list(parent):
            is_comment = not isinstance(child.tag, str)
            if is_comment or child.tag in {"defs", "desc", "title"} or "style" in child.attrib:
                parent.remove(child)
    return root
