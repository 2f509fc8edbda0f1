"""What every portal template can use, under one name: ``portal``."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from flask import request
from flask_babel import get_locale
from markupsafe import Markup

from ..config import company_name
from ..later import later
from ..models import Contact
from ..state import current_contacts
from . import looks
from .access import current_module
from .icons import icon
from .language import Language, html_tag, languages
from .navigation import ModuleLink, module_links, whom_to_ask
from .notices import take_notices
from .protection import form_token, nonce, token_field
from .visit import current_visit, is_read_only

if TYPE_CHECKING:
    from ..services.accounts import companies as accounts_companies
    from . import form_owner
    from .company import colleague_access
    from .sign_in import safe_next
    from .view_as import banner as view_as_banner
else:
    form_owner = later("portal.form_owner")
    colleague_access = later("portal.company.colleague_access")
    safe_next = later("portal.sign_in.safe_next")
    view_as_banner = later("portal.view_as.banner")
    accounts_companies = later("services.accounts.companies")


class PortalContext:
    """The page's surroundings; each is worked out when a template asks for it."""

    icon = staticmethod(icon)
    notices = staticmethod(take_notices)

    @property
    def contact(self) -> Contact | None:
        """The signed-in contact."""
        visit = current_visit()
        return None if visit is None else visit.contact

    @property
    def read_only(self) -> bool:
        """Whether staff look at the portal as the contact: leave out what changes something."""
        return is_read_only()

    @property
    def view_banner(self) -> Markup:
        """What says so on every page, in the staff's language; empty for the contact."""
        return view_as_banner.banner()

    @cached_property
    def customer_name(self) -> str:
        """The company of the signed-in contact; empty if there is none."""
        customer = self.contact.customer if self.contact is not None else None
        return "" if customer is None else str(customer)

    @cached_property
    def companies(self) -> list[Contact]:
        """The contacts that the signed-in person is, where that is more than one."""
        visit = current_visit()
        if visit is None or visit.viewed_by is not None or not visit.has_other_companies:
            return []
        return accounts_companies.companies(current_contacts.session, visit.login.id)

    @property
    def shows_company(self) -> bool:
        """Whether there is a page with the details of the contact's company."""
        contact = self.contact
        return contact is not None and contact.customer_id is not None and not self.read_only

    @property
    def manages_colleagues(self) -> bool:
        """Whether the contact looks after its colleagues."""
        return colleague_access.manages_colleagues()

    @property
    def company(self) -> str:
        """The company that runs the portal."""
        return company_name()

    @property
    def logo(self) -> looks.Logo | None:
        """The host's logo, if it has set one."""
        return looks.logo()

    @property
    def stylesheet(self) -> str | None:
        """The address of the host's own style sheet, if it has set one."""
        return looks.stylesheet()

    @property
    def tab_icon(self) -> str:
        """The address of the icon in the browser's tab."""
        return looks.icon_address()

    @cached_property
    def modules(self) -> list[ModuleLink]:
        """The modules of the navigation."""
        visit = current_visit()
        return [] if visit is None else module_links(visit)

    @property
    def on_module(self) -> bool:
        """Whether the open page belongs to a module."""
        return current_module() is not None

    @cached_property
    def whom_to_ask(self) -> str | None:
        """The primary contact's name, for who may not open something."""
        visit = current_visit()
        return None if visit is None else whom_to_ask(visit)

    @property
    def nonce(self) -> str:
        """For the host's own inline ``<script nonce>`` and ``<style nonce>``."""
        return nonce()

    @property
    def form_token(self) -> Markup:
        """The hidden fields that every form which posts must hold."""
        token = Markup('<input type="hidden" name="{}" value="{}">')
        return token.format(token_field(), form_token()) + form_owner.owner_field()

    @property
    def language(self) -> str:
        """The page's language as HTML writes it, such as ``pt-BR``."""
        return html_tag(str(get_locale() or "en"))

    @cached_property
    def languages(self) -> list[Language]:
        """The languages to choose from before signing in; none where there is no choice."""
        return languages()

    @property
    def here(self) -> str | None:
        """This page's address, to come back to; None for one that only takes a form."""
        rule = request.url_rule
        return safe_next.page_url() if rule is not None and "GET" in (rule.methods or ()) else None

    @property
    def address(self) -> str | None:
        """The address that was asked for, whether there is a page or not."""
        return safe_next.page_url()

    @property
    def direction(self) -> str:
        """``ltr`` or ``rtl``."""
        locale = get_locale()
        return "ltr" if locale is None else str(locale.text_direction)


def portal_context() -> dict[str, PortalContext]:
    """The context processor of the portal's blueprint."""
    return {"portal": PortalContext()}
