"""Setup → Email Templates: on and off, and the words in each language (BEHAVIOUR M1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, current_app, flash, jsonify, redirect, request, url_for

from ...errors import InvalidInput
from ...i18n import _, available_languages
from ...later import later
from ...state import current_contacts
from .. import query_arguments
from ..fab import expose
from ..held_permissions import has_access
from ..safe_view import SafeView, allowed, require_known_fields

if TYPE_CHECKING:
    from ...models import Contact
    from ...services.mailing import email_templates as service
    from ...services.mailing.email_templates import TemplateState
    from ..safe_view import Answer
    from . import template_contacts, template_editor
    from .template_editor import Shown, TemplateFields, Words
else:
    template_contacts = later("admin.mail.template_contacts")
    template_editor = later("admin.mail.template_editor")
    service = later("services.mailing.email_templates")

_ACTIONS = {"", "save", "preview", "test", "on", "off"}


class ContactsEmailTemplatesView(SafeView):
    """What the mails say. Merge fields only; no template language runs on what staff type."""

    route_base = "/contacts-email-templates"
    class_permission_name = "Contacts email templates"
    base_permissions = ("can_show", "can_edit")
    method_permission_name = {
        "templates": "show",
        "edit": "edit",
        "contacts": "edit",
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
        """The list: the package's mails and, apart, those that the host added."""
        states = service.list_templates(current_contacts.session)
        return self.page(
            "email_templates",
            title=_("Email Templates"),
            own=[state for state in states if not state.of_host],
            of_host=[state for state in states if state.of_host],
            languages=_languages(),
            can_edit=allowed(self, "edit"),
            endpoint=self.endpoint,
        )

    @expose("/edit/<name>", methods=("GET", "POST"))
    @has_access
    def edit(self, name: str) -> Answer:
        """Change subject and body in one language; see, test and switch the mail beside them."""
        state, language = _template(name), _language()
        if request.method != "POST":
            return self._stored(state, language)
        form = template_editor.TemplateFields(request.form)
        typed = form.typed_values()
        if typed["do"] not in _ACTIONS:
            abort(400, _("Choose what to do by a button of the page."))
        contact, errors = template_editor.choose_contact(typed["contact"])
        words = template_editor.Words(name, language, typed["subject"], typed["body"], contact)
        if typed["do"] in {"", "save"}:
            return self._save(state, words, form)
        shown = words.send_test() if typed["do"] == "test" else words.show()
        shown.errors = {**errors, **shown.errors}
        if request.accept_mimetypes.best == "application/json":
            return jsonify(shown.as_json(form))
        if typed["do"] in {"on", "off"}:
            _switch(state, typed["do"] == "on")
            return self._editor(_template(name), language, form, shown, contact)
        form.show_errors(shown.errors)
        return self._editor(state, language, form, shown, contact)

    @expose("/contacts")
    @has_access
    def contacts(self) -> Answer:
        """The contacts that one may mean, for the script of the editor."""
        found = template_contacts.offered_contacts(request.args.get("q", ""))
        return jsonify(contacts=[template_contacts.label_of(contact) for contact in found])

    @expose("/reset/<name>", methods=("GET", "POST"))
    @has_access
    def reset(self, name: str) -> Answer:
        """Back to the words that came with the template, after a page that asks."""
        state, language = _template(name), _language()
        session = current_contacts.session
        if request.method == "POST":
            require_known_fields(set())
            service.reset_template(session, state.name, language)
            flash(_("The template is back at its default."), "success")
            return redirect(self._address(name, language))
        return self.page(
            "email_template_reset",
            title=_("Back to default"),
            state=state,
            now=service.template_text(session, name, language),
            then=service.text_after_reset(session, name, language),
            language=language,
            languages=_languages(),
            back=self._address(name, language),
        )

    @expose("/switch/<name>", methods=("POST",))
    @has_access
    def switch(self, name: str) -> Answer:
        """Switch a template on or off; a required one stays on."""
        require_known_fields({"enabled"})
        state, wanted = _template(name), request.form.get("enabled")
        if wanted not in {"0", "1"}:
            abort(400, _("Choose on or off."))
        _switch(state, wanted == "1")
        return redirect(self.way_back())

    def _stored(self, state: TemplateState, language: str) -> Answer:
        text = service.template_text(current_contacts.session, state.name, language)
        contact = _first_contact()
        words = template_editor.Words(state.name, language, text.subject, text.body, contact)
        data = {"subject": text.subject, "body": text.body}
        if contact is not None:
            data["contact"] = template_contacts.label_of(contact)
        return self._editor(
            state, language, template_editor.TemplateFields(data=data), words.show(), contact
        )

    def _save(self, state: TemplateState, words: Words, form: TemplateFields) -> Answer:
        arguments = (state.name, words.language, words.subject, words.body)
        try:
            service.save_template(current_contacts.session, *arguments)
        except InvalidInput as error:
            shown = template_editor.Shown()
            form.show_errors(error.errors)
            return self._editor(state, words.language, form, shown, words.contact)
        flash(_("The template is saved."), "success")
        return redirect(self._address(state.name, words.language, words.contact))

    def _editor(
        self,
        state: TemplateState,
        language: str,
        form: TemplateFields,
        shown: Shown,
        contact: Contact | None,
    ) -> Answer:
        if shown.said:
            flash(shown.said, "success")
        wanted = form["contact"].data or ""
        offered = template_contacts.offered_contacts("" if contact is not None else wanted)
        return self.page(
            "email_template_form",
            422 if form.wrong_fields or form.other_errors else 200,
            title=state.label,
            state=state,
            form=form,
            shown=shown,
            text=service.template_text(current_contacts.session, state.name, language),
            language=language,
            languages=_languages(),
            merge_fields=service.merge_fields(state.name),
            chooses_contact=template_contacts.may_choose(),
            offered=[template_contacts.label_of(one) for one in offered],
            contact=contact,
            endpoint=self.endpoint,
            back=self.way_back(),
        )

    def _address(self, name: str, language: str, contact: Contact | None = None) -> str:
        arguments: dict[str, Any] = {} if contact is None else {"contact": contact.id}
        return url_for(f"{self.endpoint}.edit", name=name, language=language, **arguments)


def _switch(state: TemplateState, wanted: bool) -> None:
    try:
        service.set_template_enabled(current_contacts.session, state.name, wanted)
    except InvalidInput as error:
        for texts in error.errors.values():
            flash(str(texts[0]), "danger")
    else:
        sentence = _("%(name)s is on.") if wanted else _("%(name)s is off.")
        flash(sentence % {"name": state.label}, "success")


def _template(name: str) -> TemplateState:
    states = {state.name: state for state in service.list_templates(current_contacts.session)}
    if name not in states:
        abort(404)
    return states[name]


def _first_contact() -> Contact | None:
    """The contact of the address, else the newest that this staff member may see."""
    wanted = query_arguments.number(request.args.get("contact", ""))
    contact = template_contacts.visible_contact(wanted) if wanted is not None else None
    return contact or next(iter(template_contacts.offered_contacts()), None)


def _language() -> str:
    offered = available_languages(current_app)
    default = current_app.config.get("BABEL_DEFAULT_LOCALE", "en")
    first = default if default in offered else offered[0]
    language: str = request.args.get("language", first)
    if language not in offered:
        abort(404)
    return language


def _languages() -> dict[str, str]:
    languages = current_app.config.get("LANGUAGES") or {"en": {}}
    return {code: facts.get("name", code) for code, facts in languages.items()}
