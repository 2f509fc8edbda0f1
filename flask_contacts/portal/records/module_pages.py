"""The addresses of a module's pages: those that its view has something for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from flask import Blueprint
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response
from wtforms import Form

from ...later import later
from ..access import portal_page
from .model_view import PortalModelView
from .uploads import FORMS

if TYPE_CHECKING:
    from . import key_addresses
else:
    key_addresses = later("portal.records.key_addresses")


def add_module(blueprint: Blueprint, view: PortalModelView) -> None:
    """Add the view's pages to the portal's blueprint, each behind the module's permission."""
    blueprint.record(_add_converter)
    name = view.module.name
    guard = portal_page(name)

    def add(
        rule: str,
        endpoint: str,
        page: Callable[..., Response],
        forms: Sequence[type[Form]] | None = None,
    ) -> None:
        guarded = guard(page)
        methods = ["GET"]
        if forms is not None:
            methods.append("POST")
            setattr(guarded, FORMS, forms)
        blueprint.add_url_rule(f"/{name}/{rule}", f"{name}_{endpoint}", guarded, methods=methods)

    add("", "list", view.list_page)
    if view.can_export:
        add("export.csv", "export", view.export_file)
    if view.create_form is not None:
        add("new", "new", view.create_page, [view.create_form])
    if view.show_columns:
        add("<contacts_key:pk>", "show", view.show_page)
    if view.edit_form is not None:
        add("<contacts_key:pk>/edit", "edit", view.edit_page, [view.edit_form])
    if view.files:
        add("<contacts_key:pk>/files/<name>", "file", view.file_page)
    if view.actions:
        forms = [action.form for action in view.actions if action.form is not None]
        add("<contacts_key:pk>/<action>", "action", view.action_page, forms)
    if any(related.download is not None for related in view.related_lists):
        add("<contacts_key:pk>/<attr>/<contacts_key:child>", "related_file", view.related_file_page)


def _add_converter(state: BlueprintSetupState) -> None:
    state.app.url_map.converters["contacts_key"] = key_addresses.KeyConverter
