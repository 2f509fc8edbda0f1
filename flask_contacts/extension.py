"""The extension object: what the host registers, and ``init_app``.

The only module that sees every floor of the house.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Flask

from . import config, i18n
from .errors import ConfigError
from .models.binding import bound_customer
from .registry import (
    CompanyField,
    DashboardPanel,
    MailTemplate,
    PortalModule,
    RegistrationValues,
    Registry,
    Topic,
)
from .state import ContactsState, current_contacts

if TYPE_CHECKING:
    from flask_appbuilder import AppBuilder

    from .models.related import RelatedRecords


class Contacts:
    """Customer contacts and a portal for a Flask-AppBuilder application.

    Make one, register modules, topics and tabs on it, then call :meth:`init_app` in the
    application factory. ``crm_category`` and ``setup_category`` name the menu's sections
    that take our views; an existing section of that name is joined. ``company_fields`` are
    what the portal's page Company shows of a customer, and what the primary contact may
    change there; None: those of the bundled customer, and nothing of a customer of yours.
    ``register_customer`` makes a customer of your own model, not saved yet, out of a
    registration in the portal; it may be called more than once for the same. Without ``api``
    nothing stands under ``/api/v1/contacts/``.
    """

    def __init__(
        self,
        *,
        crm_category: str = "CRM",
        setup_category: str = "Setup",
        company_fields: Iterable[CompanyField] | None = None,
        register_customer: Callable[[RegistrationValues], Any] | None = None,
        api: bool = True,
    ) -> None:
        self.registry = Registry()
        if company_fields is not None:
            self.registry.company_fields = tuple(company_fields)
        if register_customer is not None and not callable(register_customer):
            raise ConfigError(
                "contacts.C080",
                "register_customer cannot be called.",
                "Pass a function that takes RegistrationValues and returns a customer.",
            )
        self.registry.register_customer = register_customer
        self.customer_tabs: list[type] = []
        self.portal_blueprints: list[Blueprint] = []
        self._crm_category = crm_category
        self._setup_category = setup_category
        self._api, self._started = api, False

    def add_module(self, module: PortalModule) -> None:
        """Add a portal module, or give a default one its page.

        Raises :class:`ConfigError` for a name added twice, and after ``init_app``.
        """
        self._before_start("module")
        self.registry.add_module(module)

    def add_topic(self, topic: Topic) -> None:
        """Add a notification topic; errors as for :meth:`add_module`."""
        self._before_start("topic")
        self.registry.add_topic(topic)

    def add_email_template(self, template: MailTemplate) -> None:
        """Add a mail of the host's, for :meth:`notify`; staff can change its words."""
        self._before_start("template")
        self.registry.add_mail_template(template)

    def notify(
        self,
        topic: str,
        customer: Any,
        template: str,
        values: Mapping[str, object],
        *,
        dedupe_key: str | None = None,
        except_contact_id: int | None = None,
    ) -> int:
        """Mail the customer's contacts who want ``topic``; how many that were.

        Part of the session's open transaction: the mail leaves when the host commits.
        ``customer`` is a customer's key; see ``services/mailing/notifications`` for the rest.
        """
        notifications = import_module(".services.mailing.notifications", __package__)
        told = notifications.notify(
            current_contacts.session,
            topic,
            customer,
            template,
            values,
            dedupe_key=dedupe_key,
            except_contact_id=except_contact_id,
        )
        return len(told)

    def add_customer_tab(self, view: type) -> None:
        """Show a host's ``ModelView`` as a tab of the customer's profile.

        ``view`` needs a relation to the customer and is added to the menu (or with
        ``add_view_no_menu``) by the host. Raises :class:`ConfigError` when added twice.
        """
        self._before_start("tab")
        if view in self.customer_tabs:
            raise ConfigError(
                "contacts.C001", f"The tab {view.__name__} is registered twice.", "Remove one."
            )
        self.customer_tabs.append(view)

    def add_dashboard_panel(self, panel: DashboardPanel) -> None:
        """Show something of the host's on the portal's first page, above the modules.

        Errors as for :meth:`add_module`, and for a panel of an unknown module.
        """
        self._before_start("panel")
        self.registry.add_dashboard_panel(panel)

    def add_related_list(self, related: RelatedRecords) -> None:
        """Show records of the host's under a contact's page in the admin (BEHAVIOUR S6).

        Errors as for :meth:`add_module`.
        """
        self._before_start("related list")
        self.registry.add_related_list(related)

    def add_portal_blueprint(self, blueprint: Blueprint) -> None:
        """Make a blueprint's pages pages of the portal: signed-in contact, headers, tokens."""
        self._before_start("blueprint")
        self.portal_blueprints.append(blueprint)

    def init_app(
        self, app: Flask, appbuilder: AppBuilder, *, customer_view: type | None = None
    ) -> None:
        """Install everything in ``app``; call it after the host's own ``add_view`` calls.

        ``customer_view`` is the host's registered ``ModelView`` of a model that was bound
        with ``@bind_customer``; without it the bundled customers get their own view.
        Raises :class:`ConfigError` (with a hint) for anything that could not work.
        """
        # Only here: these floors use the tables, and importing those binds the customer.
        from . import admin, api, cli, portal
        from .mail import worker
        from .models import foreign_keys
        from .services.registration import settings as registration_settings

        if "contacts" in app.extensions:
            raise ConfigError(
                "contacts.C004", "init_app was called twice.", "Call it once for each application."
            )
        if "mail" not in app.extensions:
            raise ConfigError(
                "contacts.C005", "Flask-Mail is not set up.", "Call Mail(app) before init_app."
            )
        self._started = True
        config.apply_defaults(app)
        state = ContactsState(
            registry=self.registry,
            appbuilder=appbuilder,
            customer_tabs=list(self.customer_tabs),
            portal_blueprints=list(self.portal_blueprints),
            crm_category=self._crm_category,
            setup_category=self._setup_category,
        )
        app.extensions["contacts"] = state
        with app.app_context():
            i18n.add_catalogs(app)
            self._add_assets(app)
            state.customer_view = self._registered(appbuilder, customer_view)
            with admin.permissions_together(appbuilder):
                admin.register(state, appbuilder)
                portal.register(state, app)
                if self._api:
                    api.register(appbuilder)
            foreign_keys.warn_where_unchecked(state.session)
            registration_settings.warn_where_closed(state.session)
        app.before_request(config.refuse_without_base_url)
        cli.register(app)
        worker.register(app, state.session)

    def _before_start(self, what: str) -> None:
        if self._started:
            raise ConfigError(
                "contacts.C006",
                f"A {what} was registered after init_app.",
                "Register it where the Contacts object is made.",
            )

    @staticmethod
    def _registered(appbuilder: AppBuilder, customer_view: type | None) -> Any:
        if customer_view is None:
            if bound_customer() is not None:
                raise ConfigError(
                    "contacts.C007",
                    "A customer model is bound, but init_app got no customer_view.",
                    "Pass customer_view=, the ModelView that shows your customers.",
                )
            return None
        for view in appbuilder.baseviews:
            if type(view) is customer_view:
                return view
        raise ConfigError(
            "contacts.C008",
            f"{customer_view.__name__} is not registered.",
            "Call appbuilder.add_view(...) for it before init_app.",
        )

    @staticmethod
    def _add_assets(app: Flask) -> None:
        """Our templates, our static files, and Bootstrap's from its package."""
        app.register_blueprint(
            Blueprint(
                "contacts_assets",
                __package__ or __name__,
                template_folder=str(files("flask_contacts.templates")),
                static_folder="static",
                static_url_path="/contacts-assets",
            )
        )
        app.register_blueprint(  # of our own: the host may run Bootstrap-Flask at version 4
            Blueprint(
                "contacts_bootstrap",
                __package__ or __name__,
                static_folder=str(files("flask_bootstrap").joinpath("static/bootstrap5")),
                static_url_path="/contacts-bootstrap",
            )
        )
