"""The portal's first page: who is here, and what there is to open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import render_template

from ..registry import EMAIL_NOTIFICATIONS
from .access import portal_page
from .model_view import PortalModelView
from .navigation import ModuleLink, module_links
from .visit import current_visit

_COUNT_LIMIT = 100


@dataclass(frozen=True)
class ModuleCard:
    """A module on the dashboard; ``is_more`` where there are more records than ``count``.

    ``count`` is None for a module of the host's own pages.
    """

    link: ModuleLink
    count: int | None
    is_more: bool


def dashboard_page(views: Mapping[str, PortalModelView]) -> Callable[[], str]:
    """The view function of the dashboard over the portal's module ``views``."""

    @portal_page()
    def dashboard() -> str:
        visit = current_visit()
        links = [] if visit is None else module_links(visit)
        cards = [_card(link, views.get(link.name)) for link in links]
        held = set() if visit is None else visit.permissions - {EMAIL_NOTIFICATIONS}
        return render_template(
            "flask_contacts/portal/dashboard.html", cards=cards, may_see=bool(held)
        )

    return dashboard


def _card(link: ModuleLink, view: PortalModelView | None) -> ModuleCard:
    if view is None:
        return ModuleCard(link, None, False)
    found = view.count(_COUNT_LIMIT)
    return ModuleCard(link, min(found, _COUNT_LIMIT - 1), found >= _COUNT_LIMIT)
