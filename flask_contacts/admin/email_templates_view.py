"""Setup → Email Templates: on and off, and the words in each language (BEHAVIOUR M1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort, current_app, flash, redirect, request, url_for
from wtforms import StringField, TextAreaField

from ..errors import InvalidInput
from ..i18n import _, _l, available_languages
from ..services import email_templates as service
from ..state import current_contacts
from .fab import expose, has_access
from .fields import CarryingForm, typed_form
from .safe_view import SafeView, allowed, require_known_fields

if TYPE_CHECKING:
    from ..services.email_templates import TemplateState
    from .safe_view import Answer


class TemplateFields(CarryingForm):
    """The words of one template in one language."""

    subject = StringField(_l("Subject"))
    body = TextAreaField(_l("Body (HTML)"))


class ContactsEmailTemplatesView(SafeView):
    """What the mails say. Merge fields only; no template language runs on what staff type."""

    route_base = "/contacts-email-templates"
    class_permission_name = "Contacts email templates"
    base_permissions = ("can_show", "can_edit")
    method_permission_name = {
        "templates": "show",
        "edit": "edit",
        "reset": "edit",
        "switch": "edit",
    }
    default_view = "templates"

    def way_back(self) -> str:
        """Back to the list."""
        return url_for(f"{self.endpoint}.templates")

    @expose("/")
    @has_access
    def templates(self) -> Answer:
        """The list."""
        return self.page(
            "email_templates",
            title=_("Email Templates"),
            templates=service.list_templates(current_contacts.session),
            can_edit=allowed(self, "edit"),
            endpoint=self.endpoint,
        )

    @expose("/edit/<name>", methods=("GET", "POST"))
    @has_access
    def edit(self, name: str) -> Answer:
        """Change subject and body in one language; an unknown merge field is named."""
        state, language = _template(name), _language()
        session = current_contacts.session
        text = service.template_text(session, name, language)
        form = TemplateFields(typed_form(), data={"subject": text.subject, "body": text.body})
        if request.method == "POST":
            typed = form.typed_values()
            try:
                service.save_template(session, name, language, typed["subject"], typed["body"])
            except InvalidInput as error:
                form.show_errors(error.errors)
            else:
                flash(_("The template is saved."), "success")
                return redirect(self._address(name, language))
        return self.page(
            "email_template_form",
            422 if request.method == "POST" else 200,
            title=state.label,
            state=state,
            form=form,
            changed=text.changed,
            language=language,
            languages=_languages(),
            merge_fields=service.merge_fields(name),
            endpoint=self.endpoint,
            back=self.way_back(),
        )

    @expose("/reset/<name>", methods=("POST",))
    @has_access
    def reset(self, name: str) -> Answer:
        """Back to the words that came with the package."""
        require_known_fields(set())
        language = _language()
        service.reset_template(current_contacts.session, _template(name).name, language)
        flash(_("The template is back at its default."), "success")
        return redirect(self._address(name, language))

    @expose("/switch/<name>", methods=("POST",))
    @has_access
    def switch(self, name: str) -> Answer:
        """Switch a template on or off; a required one stays on."""
        require_known_fields({"enabled"})
        state, wanted = _template(name), request.form.get("enabled")
        if wanted not in {"0", "1"}:
            abort(400, _("Choose on or off."))
        try:
            service.set_template_enabled(current_contacts.session, name, wanted == "1")
        except InvalidInput as error:
            for texts in error.errors.values():
                flash(str(texts[0]), "danger")
        else:
            sentence = _("%(name)s is on.") if wanted == "1" else _("%(name)s is off.")
            flash(sentence % {"name": state.label}, "success")
        return redirect(self.way_back())

    def _address(self, name: str, language: str) -> str:
        return url_for(f"{self.endpoint}.edit", name=name, language=language)


def _template(name: str) -> TemplateState:
    states = {state.name: state for state in service.list_templates(current_contacts.session)}
    if name not in states:
        abort(404)
    return states[name]


def _language() -> str:
    offered = available_languages(current_app)
    default = current_app.config.get("BABEL_DEFAULT_LOCALE", "en")
    first = default if default in offered else offered[0]
    language: str = request.args.get("language", first)
    if language not in offered:
        abort(404)
    return language


def _languages() -> list[tuple[str, str]]:
    languages = current_app.config.get("LANGUAGES") or {"en": {}}
    return [(code, facts.get("name", code)) for code, facts in languages.items()]
