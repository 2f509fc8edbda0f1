"""The portal's blueprint: every address of it, and what happens around each request."""

from __future__ import annotations

from flask import Blueprint, Flask
from flask.blueprints import BlueprintSetupState
from werkzeug.exceptions import HTTPException, default_exceptions
from werkzeug.routing import PathConverter

from ..errors import DatabaseBusy, ReadOnlyView
from ..mail import marketing_links
from ..services.company.fields import check_company_fields
from ..state import ContactsState
from . import error_pages, guards, language, looks, marketing_pages, protection
from .account import (
    data as account_data,
    email_change as account_email,
    password as account_password,
    preferences as preference_pages,
    profile as account_profile,
    sessions as account_sessions,
    two_factor as account_two_factor,
)
from .company import (
    colleague_list,
    colleague_pages,
    details_pages as company_details_pages,
    switching as company_pages,
)
from .context import portal_context
from .dashboard import dashboard_page
from .records import module_pages, sight as record_sight, uploads
from .records.model_view import PortalModelView
from .sign_in import pages as sign_in_pages, password_pages, registration_pages, two_factor_pages
from .view_as import pages as view_as_pages, read_only
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
    looks.check_looks(app)
    check_company_fields(contacts.registry)
    blueprint = create_blueprint(contacts)
    for hosts in contacts.portal_blueprints:
        # Registered under ours, and so under the prefix where the cookie is sent: our
        # checks, error pages and templates' context apply to them as to our own.
        own_prefix = (hosts.url_prefix or "").removeprefix(prefix)
        blueprint.register_blueprint(hosts, url_prefix=own_prefix or None)
    app.register_blueprint(blueprint, url_prefix=prefix)
    protection.check_instead_of_host(app)
    uploads.limit_requests(app)
    app.after_request(protection.add_security_headers)
    guards.keep_staff_out(contacts.appbuilder.sm.lm)
    guards.keep_languages_apart(app)


def create_blueprint(contacts: ContactsState) -> Blueprint:
    """A new blueprint with the portal's own pages and those of the registered modules."""
    blueprint = Blueprint(BLUEPRINT, __name__)
    blueprint.record(_add_converter)
    blueprint.before_request(read_only.check_view)
    blueprint.before_request(protection.check_form_token)
    blueprint.after_request(read_only.keep_files_back)
    blueprint.context_processor(portal_context)
    blueprint.register_error_handler(HTTPException, error_pages.show_error)
    for code in default_exceptions:  # a host's own page for a code would come before ours
        blueprint.register_error_handler(code, error_pages.show_error)
    blueprint.register_error_handler(DatabaseBusy, error_pages.show_busy)
    blueprint.register_error_handler(ReadOnlyView, read_only.show_refusal)
    _add_sign_in(blueprint)
    _add_registration(blueprint)
    _add_account(blueprint)
    _add_company(blueprint)
    _add_two_factor(blueprint)
    _add_view_as(blueprint, contacts)
    _add_marketing(blueprint)
    views: dict[str, PortalModelView] = {}
    for module in contacts.registry.modules.values():
        if isinstance(module.view, type):
            view: PortalModelView = module.view(module)
            views[module.name] = view
            module_pages.add_module(blueprint, view)
    contacts.judge_record = record_sight.judge(views)
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


def _add_registration(blueprint: Blueprint) -> None:
    add, pages, path = blueprint.add_url_rule, registration_pages, "/confirm-registration"
    add("/register", "register", pages.register, methods=_FORM)
    add(path, "confirm_registration", pages.confirm_registration, methods=_FORM)
    add(
        f"{path}/new-link",
        "ask_for_new_registration_link",
        pages.ask_for_new_registration_link,
        methods=["POST"],
    )
    opens = ("open_registration_link", pages.open_registration_link)
    add(f"{path}/", *opens, defaults={"token": ""})
    add(f"{path}/<contacts_anything:token>", *opens)


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


def _add_two_factor(blueprint: Blueprint) -> None:
    add, page = blueprint.add_url_rule, "/account/two-factor"
    add("/sign-in/code", "sign_in_code", two_factor_pages.sign_in_code, methods=_FORM)
    add(page, "account_two_factor", account_two_factor.two_factor)
    add(
        f"{page}/set-up",
        "account_two_factor_set_up",
        account_two_factor.set_up,
        methods=_FORM,
    )
    add(
        f"{page}/recovery-codes",
        "account_two_factor_new_codes",
        account_two_factor.new_codes,
        methods=_FORM,
    )
    add(f"{page}/off", "account_two_factor_off", account_two_factor.turn_off, methods=_FORM)


def _add_view_as(blueprint: Blueprint, contacts: ContactsState) -> None:
    contacts.open_view = view_as_pages.open_view
    blueprint.add_url_rule("/view-as/end", "end_view", view_as_pages.end_view, methods=["POST"])


def _add_marketing(blueprint: Blueprint) -> None:
    page = marketing_pages.linked_marketing_list
    path = f"/{marketing_links.PATH}/<contacts_anything:token>"
    blueprint.add_url_rule(path, "linked_marketing_list", page, methods=_FORM)


def _add_company(blueprint: Blueprint) -> None:
    add, one = blueprint.add_url_rule, "/company-colleagues/<pk>"
    details = company_details_pages.company_details
    add("/company-details/", "company_details", details, methods=_FORM)
    add("/company-colleagues/", "colleagues", colleague_list.colleagues)
    former = colleague_list.former_colleagues
    add("/company-colleagues/deactivated", "former_colleagues", former)
    invite = colleague_pages.invite_colleague
    add("/company-colleagues/invite", "invite_colleague", invite, methods=_FORM)
    add(one, "colleague", colleague_pages.colleague, methods=_FORM)
    deactivate = colleague_pages.deactivate_colleague
    add(f"{one}/deactivate", "deactivate_colleague", deactivate, methods=_FORM)
    reactivate = colleague_pages.reactivate_colleague
    add(f"{one}/reactivate", "reactivate_colleague", reactivate, methods=["POST"])
    again = colleague_pages.invite_colleague_again
    add(f"{one}/invite-again", "invite_colleague_again", again, methods=["POST"])
