"""The portal's blueprint: every address of it, and what happens around each request."""

from __future__ import annotations

from flask import Blueprint, Flask
from flask.blueprints import BlueprintSetupState
from werkzeug.exceptions import HTTPException
from werkzeug.routing import PathConverter

from ..errors import DatabaseBusy
from ..state import ContactsState
from . import (
    account_data,
    account_email,
    account_password,
    account_profile,
    account_sessions,
    company_pages,
    error_pages,
    guards,
    language,
    password_pages,
    preference_pages,
    protection,
    sign_in_pages,
)
from .access import portal_page
from .context import portal_context
from .dashboard import dashboard_page
from .model_view import PortalModelView
from .visit import BLUEPRINT

_ALL_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
_FORM = ["GET", "POST"]


class AnythingConverter(PathConverter):
    """The rest of a path, with line breaks in it too: Werkzeug's own stops at those, and
    such an address would get the host's page instead of ours."""

    regex = "(?s:[^/].*?)"


def register(contacts: ContactsState, app: Flask) -> None:
    """Put the portal into ``app``: its pages, and the wall between the login worlds."""
    prefix: str = app.config["CONTACTS_PORTAL_PREFIX"]
    blueprint = create_blueprint(contacts)
    for hosts in contacts.portal_blueprints:
        # Registered under ours, and so under the prefix where the cookie is sent: our
        # checks, error pages and templates' context apply to them as to our own.
        own_prefix = (hosts.url_prefix or "").removeprefix(prefix)
        blueprint.register_blueprint(hosts, url_prefix=own_prefix or None)
    app.register_blueprint(blueprint, url_prefix=prefix)
    protection.let_one_click_through(app)
    app.after_request(protection.add_security_headers)
    guards.keep_staff_out(contacts.appbuilder.sm.lm)
    guards.keep_languages_apart(app)


def create_blueprint(contacts: ContactsState) -> Blueprint:
    """A new blueprint with the portal's own pages and those of the registered modules."""
    blueprint = Blueprint(BLUEPRINT, __name__)
    blueprint.record(_add_converter)
    blueprint.before_request(protection.check_form_token)
    blueprint.context_processor(portal_context)
    blueprint.register_error_handler(HTTPException, error_pages.show_error)
    blueprint.register_error_handler(DatabaseBusy, error_pages.show_busy)
    _add_sign_in(blueprint)
    _add_account(blueprint)
    views: dict[str, PortalModelView] = {}
    for module in contacts.registry.modules.values():
        if isinstance(module.view, type):
            view: PortalModelView = module.view(module)
            views[module.name] = view
            _add_module(blueprint, view)
    blueprint.add_url_rule("/", "dashboard", dashboard_page(views))
    # Every other address under the prefix is ours too, and gets our page of "not found".
    blueprint.add_url_rule(
        "/<contacts_anything:anything>", "not_found", error_pages.not_found, methods=_ALL_METHODS
    )
    return blueprint


def _add_converter(state: BlueprintSetupState) -> None:
    state.app.url_map.converters["contacts_anything"] = AnythingConverter


def _add_sign_in(blueprint: Blueprint) -> None:
    add = blueprint.add_url_rule
    add("/sign-in", "sign_in", sign_in_pages.sign_in, methods=_FORM)
    add("/sign-out", "sign_out", sign_in_pages.sign_out, methods=["POST"])
    add("/language", "switch_language", language.switch_language, methods=["POST"])
    add("/switch-company", "switch_company", company_pages.switch_company, methods=["POST"])
    add("/email-notifications", "own_topics", preference_pages.own_topics, methods=_FORM)
    add(
        "/email-notifications/<contacts_anything:token>",
        "linked_topics",
        preference_pages.linked_topics,
        methods=_FORM,
    )
    add("/forgot-password", "forgot_password", password_pages.forgot_password, methods=_FORM)
    add("/set-password", "set_password", password_pages.set_password, methods=_FORM)
    add(
        "/set-password/new-link",
        "ask_for_new_link",
        password_pages.ask_for_new_link,
        methods=["POST"],
    )
    add("/set-password/", "open_link", password_pages.open_link, defaults={"token": ""})
    add("/set-password/<contacts_anything:token>", "open_link", password_pages.open_link)


def _add_account(blueprint: Blueprint) -> None:
    add = blueprint.add_url_rule
    add("/account/", "account", account_profile.profile, methods=_FORM)
    add("/account/password", "account_password", account_password.password, methods=_FORM)
    add("/account/email", "account_email", account_email.email, methods=_FORM)
    add("/account/email/cancel", "cancel_email_change", account_email.cancel, methods=["POST"])
    add("/account/sessions", "account_sessions", account_sessions.sessions)
    add("/account/sessions/end", "end_session", account_sessions.end_session, methods=["POST"])
    add(
        "/account/sessions/end-others",
        "end_other_sessions",
        account_sessions.end_other_sessions,
        methods=["POST"],
    )
    add("/account/data", "account_data", account_data.data, methods=_FORM)
    add("/confirm-email", "confirm_email", account_email.confirm_email, methods=_FORM)
    add("/confirm-email/", "open_email_link", account_email.open_email_link, defaults={"token": ""})
    add(
        "/confirm-email/<contacts_anything:token>", "open_email_link", account_email.open_email_link
    )


def _add_module(blueprint: Blueprint, view: PortalModelView) -> None:
    name = view.module.name
    guard = portal_page(name)
    blueprint.add_url_rule(f"/{name}/", f"{name}_list", guard(view.list_page))
    if view.show_columns:
        blueprint.add_url_rule(f"/{name}/<pk>", f"{name}_show", guard(view.show_page))
