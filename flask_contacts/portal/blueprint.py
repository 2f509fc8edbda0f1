"""The portal's blueprint: every address of it, and what happens around each request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Flask
from flask.blueprints import BlueprintSetupState
from werkzeug.exceptions import HTTPException, default_exceptions
from werkzeug.routing import PathConverter

from ..errors import DatabaseBusy, ReadOnlyView
from ..later import later
from ..mail import marketing_links
from ..services.company.fields import check_company_fields
from ..state import ContactsState
from . import error_pages, guards, language, looks, protection
from .context import portal_context
from .dashboard import dashboard_page
from .pages_later import pages_of
from .records import sight as record_sight, uploads
from .view_as import read_only
from .visit import BLUEPRINT

if TYPE_CHECKING:
    from .records import module_pages
    from .records.model_view import PortalModelView
else:
    module_pages = later("portal.records.module_pages")

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
    add, page = blueprint.add_url_rule, pages_of("sign_in.pages")
    add("/sign-in", "sign_in", page("sign_in"), methods=_FORM)
    add("/sign-out", "sign_out", page("sign_out"), methods=["POST"])
    add("/language", "switch_language", language.switch_language, methods=["POST"])
    switch = pages_of("company.switching")("switch_company")
    add("/switch-company", "switch_company", switch, methods=["POST"])
    page, path = pages_of("account.preferences"), "/email-notifications"
    add(path, "own_topics", page("own_topics"), methods=_FORM)
    linked = page("linked_topics")
    add(f"{path}/<contacts_anything:token>", "linked_topics", linked, methods=_FORM)
    page, path = pages_of("sign_in.password_pages"), "/set-password"
    add("/forgot-password", "forgot_password", page("forgot_password"), methods=_FORM)
    add(path, "set_password", page("set_password"), methods=_FORM)
    again = page("ask_for_new_link")
    add(f"{path}/new-link", "ask_for_new_link", again, methods=["POST"])
    opens = ("open_link", page("open_link"))
    add(f"{path}/", *opens, defaults={"token": ""})
    add(f"{path}/<contacts_anything:token>", *opens)


def _add_registration(blueprint: Blueprint) -> None:
    add, page = blueprint.add_url_rule, pages_of("sign_in.registration_pages")
    path, again = "/confirm-registration", "ask_for_new_registration_link"
    add("/register", "register", page("register"), methods=_FORM)
    add(path, "confirm_registration", page("confirm_registration"), methods=_FORM)
    add(f"{path}/new-link", again, page(again), methods=["POST"])
    opens = ("open_registration_link", page("open_registration_link"))
    add(f"{path}/", *opens, defaults={"token": ""})
    add(f"{path}/<contacts_anything:token>", *opens)


def _add_account(blueprint: Blueprint) -> None:
    add, path = blueprint.add_url_rule, "/account"
    add(f"{path}/", "account", pages_of("account.profile")("profile"), methods=_FORM)
    password = pages_of("account.password")("password")
    add(f"{path}/password", "account_password", password, methods=_FORM)
    page = pages_of("account.sessions")
    add(f"{path}/sessions", "account_sessions", page("sessions"))
    add(f"{path}/sessions/end", "end_session", page("end_session"), methods=["POST"])
    others = page("end_other_sessions")
    add(f"{path}/sessions/end-others", "end_other_sessions", others, methods=["POST"])
    add(f"{path}/data", "account_data", pages_of("account.data")("data"), methods=_FORM)
    page = pages_of("account.email_change")
    add(f"{path}/email", "account_email", page("email"), methods=_FORM)
    add(f"{path}/email/cancel", "cancel_email_change", page("cancel"), methods=["POST"])
    path, opens = "/confirm-email", ("open_email_link", page("open_email_link"))
    add(path, "confirm_email", page("confirm_email"), methods=_FORM)
    add(f"{path}/", *opens, defaults={"token": ""})
    add(f"{path}/<contacts_anything:token>", *opens)


def _add_two_factor(blueprint: Blueprint) -> None:
    add, path = blueprint.add_url_rule, "/account/two-factor"
    code = pages_of("sign_in.two_factor_pages")("sign_in_code")
    add("/sign-in/code", "sign_in_code", code, methods=_FORM)
    page, name = pages_of("account.two_factor"), "account_two_factor"
    add(path, name, page("two_factor"))
    add(f"{path}/set-up", f"{name}_set_up", page("set_up"), methods=_FORM)
    add(f"{path}/recovery-codes", f"{name}_new_codes", page("new_codes"), methods=_FORM)
    add(f"{path}/off", f"{name}_off", page("turn_off"), methods=_FORM)


def _add_view_as(blueprint: Blueprint, contacts: ContactsState) -> None:
    page = pages_of("view_as.pages")
    contacts.open_view = lambda token: page("open_view")(token=token)
    blueprint.add_url_rule("/view-as/end", "end_view", page("end_view"), methods=["POST"])


def _add_marketing(blueprint: Blueprint) -> None:
    page = pages_of("marketing_pages")("linked_marketing_list")
    path = f"/{marketing_links.PATH}/<contacts_anything:token>"
    blueprint.add_url_rule(path, "linked_marketing_list", page, methods=_FORM)


def _add_company(blueprint: Blueprint) -> None:
    add, path = blueprint.add_url_rule, "/company-colleagues"
    details = pages_of("company.details_pages")("company_details")
    add("/company-details/", "company_details", details, methods=_FORM)
    page, one = pages_of("company.colleague_list"), f"{path}/<pk>"
    add(f"{path}/", "colleagues", page("colleagues"))
    add(f"{path}/deactivated", "former_colleagues", page("former_colleagues"))
    page = pages_of("company.colleague_pages")
    add(f"{path}/invite", "invite_colleague", page("invite_colleague"), methods=_FORM)
    add(one, "colleague", page("colleague"), methods=_FORM)
    add(f"{one}/deactivate", "deactivate_colleague", page("deactivate_colleague"), methods=_FORM)
    reactivate = page("reactivate_colleague")
    add(f"{one}/reactivate", "reactivate_colleague", reactivate, methods=["POST"])
    again = page("invite_colleague_again")
    add(f"{one}/invite-again", "invite_colleague_again", again, methods=["POST"])
