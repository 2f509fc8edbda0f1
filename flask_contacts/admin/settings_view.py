"""Setup → Settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, request, url_for

from ..errors import InvalidInput
from ..i18n import _, _l
from ..services.settings import default_permissions, set_default_permissions
from ..state import current_contacts
from .fab import expose, has_access
from .fields import AnyOf, CarryingForm, typed_form
from .safe_view import SafeView, allowed

if TYPE_CHECKING:
    from .safe_view import Answer


class SettingsFields(CarryingForm):
    """The section Customers."""

    permissions = AnyOf(_l("Default permissions of a new contact"))


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
        held = default_permissions(current_contacts.session)
        return self._page(SettingsFields(data={"permissions": sorted(held)}))

    @expose("/", methods=("POST",))
    @has_access
    def save(self) -> Answer:
        """Keep what was ticked."""
        form = SettingsFields(typed_form())
        names = form.typed_values()["permissions"]
        try:
            if set(names) - set(current_contacts.registry.permissions):
                raise InvalidInput(
                    {"permissions": [_("This holds a choice that does not exist. Choose again.")]}
                )
            set_default_permissions(current_contacts.session, names)
        except InvalidInput as error:
            form.show_errors(error.errors)
            return self._page(form)
        flash(_("The settings are saved. They hold for contacts made from now on."), "success")
        return redirect(self.way_back())

    def _page(self, form: SettingsFields) -> Answer:
        form["permissions"].choices = list(current_contacts.registry.permissions.items())
        return self.page(
            "settings",
            422 if request.method == "POST" else 200,
            title=_("Settings"),
            form=form,
            can_edit=allowed(self, "edit"),
            save_url=url_for(f"{self.endpoint}.save"),
        )
