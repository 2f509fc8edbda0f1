"""The portal's first page: who is here, the host's panels, and what there is to open."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from flask import render_template
from markupsafe import Markup

from ..later import later
from ..registry import EMAIL_NOTIFICATIONS
from ..state import current_contacts
from .access import portal_page
from .navigation import ModuleLink, module_links
from .visit import current_visit

if TYPE_CHECKING:
    from .records import scope as records
    from .records.model_view import PortalModelView
else:
    records = later("portal.records.scope")


_COUNT_LIMIT = 100


@dataclass(frozen=True)
class ModuleCard:
    """A module on the dashboard; ``is_more`` where there are more records than ``count``.

    ``count`` is None for a module of the host's own pages.
    """

    link: ModuleLink
    count: int | None
    is_more: bool


class ShownPanel(NamedTuple):
    """A panel of the host's, as HTML."""

    name: str
    html: Markup


def dashboard_page(views: Mapping[str, PortalModelView]) -> Callable[[], str]:
    """The view function of the dashboard over the portal's module ``views``."""

    @portal_page()
    def dashboard() -> str:
        visit = current_visit()
        links = [] if visit is None else module_links(visit)
        held = set() if visit is None else visit.permissions - {EMAIL_NOTIFICATIONS}
        return render_template(
            "flask_contacts/portal/dashboard.html",
            panels=_panels(held),
            cards=_cards(links, views),
            may_see=bool(held),
        )

    return dashboard


def _panels(held: Iterable[str]) -> list[ShownPanel]:
    """The panels that the visitor may see and that have something to show."""
    shown = []
    for panel in current_contacts.registry.dashboard_panels.values():
        values = panel.values() if panel.module is None or panel.module in held else None
        if values is not None:
            html = Markup(render_template(panel.template, **values))  # noqa: S704  a template's
            shown.append(ShownPanel(panel.name, html))
    return shown


def _cards(links: list[ModuleLink], views: Mapping[str, PortalModelView]) -> list[ModuleCard]:
    """A card for each module; all of them are counted by one statement."""
    counted = [link.name for link in links if link.name in views]
    counts = records.count_all([views[name] for name in counted], _COUNT_LIMIT)
    found = dict(zip(counted, counts, strict=True))
    return [_card(link, found.get(link.name)) for link in links]


def _card(link: ModuleLink, found: int | None) -> ModuleCard:
    if found is None:
        return ModuleCard(link, None, False)
    return ModuleCard(link, min(found, _COUNT_LIMIT - 1), found >= _COUNT_LIMIT)
