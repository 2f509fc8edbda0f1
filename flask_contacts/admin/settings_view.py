"""Setup → Settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, request, url_for
from wtforms import StringField

from ..errors import InvalidInput
from ..i18n import _, _l
from ..later import later
from ..services.registration.settings import NO_FUNCTION, RULES, can_make_customers
from ..state import current_contacts
from .fab import expose
from .fields import AnyOf, CarryingForm, typed_form
from .held_permissions import has_access
from .safe_view import SafeView, allowed

if TYPE_CHECKING:
    from ..services import settings as services_settings
    from .contacts import form as contacts_form
    from .safe_view import Answer
else:
    contacts_form = later("admin.contacts.form")
    services_settings = later("services.settings")


class SettingsFields(CarryingForm):
    """The sections Customers and Email Notifications."""

    permissions = AnyOf(_l("Default permissions of a new contact"))
    primary_may = AnyOf(_l("Colleagues"))
    two_factor = AnyOf(_l("Signing in"))
    registration = AnyOf(_l("Registration"))
    registration_notices = StringField(_l("Notify about registrations"))
    fallback_topics = AnyOf(_l("If nobody wants it, mail the primary contact"))


class ContactsSettingsView(SafeView):
    """What holds for the whole application, changed by staff."""

    route_base = "/contacts-settings"
    class_permission_name = "Contacts settings"
    base_permissions = ("can_show", "can_edit")
    method_permission_name = {"settings": "show", "save": "edit"}
    default_view = "settings"

    def way_back(self) -> str:
        """Back to the settings."""
        return url_for(f"{self.endpoint}.settings")

    @expose("/")
    @has_access
    def settings(self) -> Answer:
        """The page."""
        return self._page(
            SettingsFields(data=services_settings.current_settings(current_contacts.session))
        )

    @expose("/", methods=("POST",))
    @has_access
    def save(self) -> Answer:
        """Keep what was ticked."""
        form = SettingsFields(typed_form())
        try:
            services_settings.save_settings(current_contacts.session, form.typed_values())
        except InvalidInput as error:
            form.show_errors(error.errors)
            return self._page(form)
        flash(_("The settings are saved."), "success")
        return redirect(self.way_back())

    def _page(self, form: SettingsFields) -> Answer:
        registry = current_contacts.registry
        form["permissions"].choices = list(registry.permissions.items())
        form["primary_may"].choices = list(services_settings.PRIMARY_RIGHTS.items())
        form["two_factor"].choices = list(services_settings.TWO_FACTOR_RULES.items())
        form["registration"].choices = list(RULES.items())
        topics = [(topic.name, topic.label) for topic in registry.topics.values()]
        form["fallback_topics"].choices = topics
        return self.page(
            "settings",
            422 if request.method == "POST" else 200,
            title=_("Settings"),
            form=form,
            permission_hints=contacts_form.permission_hints(),
            registration_problem=None if can_make_customers() else NO_FUNCTION,
            can_edit=allowed(self, "edit"),
            save_url=url_for(f"{self.endpoint}.save"),
        )
