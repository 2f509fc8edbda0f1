"""What the host registered, and where it and the package get into each other's way."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from flask import current_app

from ...i18n import _l, available_languages
from ...models.binding import bound_customer
from ...registry import default_modules
from ...state import current_contacts
from .problems import ERROR, NOTE, WARNING, Finding, problem

_PORTAL = "contacts_portal."
_TEMPLATES = ("flask_contacts/portal/", "flask_contacts/email/", "flask_contacts/admin/")

IN_THE_PORTAL = problem(
    "FC601",
    ERROR,
    _l("Pages of yours stand under the portal's path"),
    _l(
        "They get the contact's cookie and none of the portal's checks: no sign-in, no permission, "
        "no form token of it."
    ),
    _l(
        "Register the blueprint with `contacts.add_portal_blueprint(...)` and guard its pages with "
        "`portal_page`, or give it another path."
    ),
)
SHARED_NAME = problem(
    "FC602",
    WARNING,
    _l("A page of yours shares the name of our permissions"),
    _l("Whoever may open one may open the other."),
    _l("Give your view another `class_permission_name`."),
)
NO_PAGE = problem(
    "FC603",
    WARNING,
    _l("A module of yours has no page"),
    _l("Staff can tick its permission, and contacts see nothing of it in the portal."),
    _l("Give the `PortalModule` a `view`."),
)
NO_CATALOG = problem(
    "FC604",
    NOTE,
    _l("A language has no translation in the package"),
    _l("Its readers get the portal, the mails and our pages of the admin in English."),
    _l("Put a catalog of yours beside your application's; its words win over ours."),
)
YOUR_TEMPLATES = problem(
    "FC605",
    NOTE,
    _l("Templates of ours are replaced by yours"),
    _l("They stay as they are when the package changes."),
    _l("Compare them after each upgrade; docs/reference/templates.md has their blocks."),
)

NAMELESS = problem(
    "FC606",
    WARNING,
    _l("Your customer model has no name to show"),
    _l(
        "It has no `__str__`: pages, mails and exports call a customer "
        "`<companies.Company object at 0x…>`."
    ),
    _l("Write a `__str__` that gives the customer's name."),
)


def check_addresses() -> Iterator[Finding]:
    """Whether an address of the host's lies in the portal."""
    prefix = current_app.config["CONTACTS_PORTAL_PREFIX"]
    found = sorted(
        f"{rule.rule} ({rule.endpoint})"
        for rule in current_app.url_map.iter_rules()
        if (rule.rule == prefix or rule.rule.startswith(f"{prefix}/"))
        and not rule.endpoint.startswith(_PORTAL)
    )
    if found:
        yield IN_THE_PORTAL.found(", ".join(found))


def check_names() -> Iterator[Finding]:
    """Whether a view of the host's stands under the name of ours."""
    views = current_contacts.appbuilder.baseviews
    ours = {
        view.class_permission_name
        for view in views
        if type(view).__module__.startswith("flask_contacts.")
    }
    shared = sorted(
        f"{type(view).__name__}: {view.class_permission_name}"
        for view in views
        if view.class_permission_name in ours
        and not type(view).__module__.startswith("flask_contacts.")
    )
    if shared:
        yield SHARED_NAME.found(", ".join(shared))


def check_customers() -> Iterator[Finding]:
    """Whether a host's own customers have a name; a ``__repr__`` is for developers."""
    model = bound_customer()
    if model is not None and not any("__str__" in vars(one) for one in model.__mro__[:-1]):
        yield NAMELESS.found(model.__name__)


def check_modules() -> Iterator[Finding]:
    """Modules that nobody can open."""
    known = {module.name for module in default_modules()}
    modules = current_contacts.registry.modules.values()
    bare = [module.name for module in modules if module.view is None and module.name not in known]
    if bare:
        yield NO_PAGE.found(", ".join(bare))


def check_languages() -> Iterator[Finding]:
    """Languages that the host offers and the package does not speak."""
    catalogs = Path(str(files("flask_contacts.translations")))
    missing = [
        language
        for language in available_languages(current_app)
        if language.partition("_")[0] != "en"
        and not any((catalogs / one).is_dir() for one in (language, language.partition("_")[0]))
    ]
    if missing:
        yield NO_CATALOG.found(", ".join(missing))


def check_templates() -> Iterator[Finding]:
    """Templates that the host has put in place of ours."""
    base = Path(str(files("flask_contacts.templates")))
    environment = current_app.jinja_env
    assert environment.loader is not None
    replaced = []
    for path in sorted((base / "flask_contacts").rglob("*.*")):
        name = path.relative_to(base).as_posix()
        if name.startswith(_TEMPLATES):
            _source, where, _is_current = environment.loader.get_source(environment, name)
            if where is not None and Path(where).resolve() != path.resolve():
                replaced.append(name)
    if replaced:
        yield YOUR_TEMPLATES.found(", ".join(replaced))
