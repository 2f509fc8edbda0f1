"""What a portal can show (modules) and what mail can be about (topics)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from .errors import ConfigError
from .i18n import _l

if TYPE_CHECKING:
    from .models.related import RelatedRecords

#: The permission that lets a contact choose own topics in the portal (BEHAVIOUR P9).
EMAIL_NOTIFICATIONS = "email_notifications"


@dataclass(frozen=True)
class PortalModule:
    """A part of the portal that a permission opens.

    ``name`` is the permission and the path, lower case with underscores. ``label`` may be
    lazy, ``icon`` is a Bootstrap icon's name; for the six names of the defaults both may
    be left out. ``view`` is a :class:`flask_contacts.portal.PortalModelView` class, the
    endpoint of a page in a portal blueprint (``"visits.index"``), or None where the host
    attached no page (then the navigation never shows it). With ``own_records`` a contact
    sees only own records, except the primary contact, who sees the customer's all
    (BEHAVIOUR P4).
    """

    name: str
    label: Any = None
    view: type | str | None = None
    icon: str | None = None
    own_records: bool = False


@dataclass(frozen=True)
class Topic:
    """Something that mail is sent about, bound to the module whose permission it needs."""

    name: str
    label: Any
    module: str | None = None


@dataclass(frozen=True)
class MergeField:
    """A ``{name}`` that staff may write in a template.

    ``example`` is a value as a mail would have it, shown in the preview; without one the
    preview shows the label in brackets.
    """

    name: str
    label: Any
    example: Any = None


@dataclass(frozen=True)
class MailTemplate:
    """A kind of mail: its words until staff change them, and its merge fields.

    ``subject`` and ``body`` (HTML) may be lazy strings and hold ``{merge_field}``s, those
    of every mail to a contact and the ``fields`` named here. ``required`` ones carry
    links or security notices and cannot be switched off; ``link_field`` is the merge
    field that a link is minted for at sending.
    """

    name: str
    label: Any
    subject: Any
    body: Any
    fields: tuple[MergeField, ...] = ()
    required: bool = False
    link_field: str | None = None


@dataclass(frozen=True)
class DashboardPanel:
    """Something of the host's on the portal's first page, above the modules' cards.

    ``values()`` is called for each visit and gives the names that ``template`` may use,
    beside those of every portal page. With ``module`` only who holds that permission sees
    the panel, and only then are the values asked for. Where there is nothing to show they
    are None, and the panel is left out.
    """

    name: str
    template: str
    values: Callable[[], Mapping[str, Any] | None]
    module: str | None = None


@dataclass(frozen=True)
class CompanyField:
    """A column of the customer on the portal's page Company (BEHAVIOUR P5).

    The primary contact may change it, unless it is ``read_only``; then ``name`` may be any
    attribute, else it is a column of text. ``kind`` is ``"text"``, ``"multiline"``,
    ``"tel"``, ``"email"`` or ``"url"``. ``check`` takes what was typed and gives the message
    that refuses it, or None.
    """

    name: str
    label: Any
    kind: str = "text"
    required: bool = False
    read_only: bool = False
    check: Callable[[str], Any] | None = None


@dataclass(frozen=True)
class RegistrationValues:
    """What somebody typed who registers in the portal (BEHAVIOUR P6).

    All checked and proven; ``email`` as it was typed, ``phone`` and ``language`` may be None.
    """

    company: str
    firstname: str
    lastname: str
    email: str
    phone: str | None = None
    language: str | None = None


def default_modules() -> tuple[PortalModule, ...]:
    """The six modules of BEHAVIOUR, in their order."""
    return (
        PortalModule("invoices", _l("Invoices"), icon="receipt"),
        PortalModule("estimates", _l("Estimates"), icon="calculator"),
        PortalModule("contracts", _l("Contracts"), icon="file-earmark-text"),
        PortalModule("proposals", _l("Proposals"), icon="send"),
        PortalModule("support", _l("Support"), icon="life-preserver"),
        PortalModule("projects", _l("Projects"), icon="kanban"),
    )


def default_topics() -> tuple[Topic, ...]:
    """The seven topics of BEHAVIOUR, each with its module."""
    return (
        Topic("invoice", _l("Invoice"), "invoices"),
        Topic("credit_note", _l("Credit Note"), "invoices"),
        Topic("estimate", _l("Estimate"), "estimates"),
        Topic("tickets", _l("Tickets"), "support"),
        Topic("project", _l("Project"), "projects"),
        Topic("contract", _l("Contract"), "contracts"),
        Topic("task", _l("Task"), "projects"),
    )


@dataclass
class Registry:
    """The modules and topics of one :class:`flask_contacts.Contacts`, in the order shown.

    ``company_fields`` is None where the host named none, ``register_customer`` where it makes
    no customers of its own out of registrations.
    """

    modules: dict[str, PortalModule] = field(
        default_factory=lambda: {module.name: module for module in default_modules()}
    )
    topics: dict[str, Topic] = field(
        default_factory=lambda: {topic.name: topic for topic in default_topics()}
    )
    mail_templates: dict[str, MailTemplate] = field(default_factory=dict)
    dashboard_panels: dict[str, DashboardPanel] = field(default_factory=dict)
    related_lists: dict[str, RelatedRecords] = field(default_factory=dict)
    company_fields: tuple[CompanyField, ...] | None = None
    register_customer: Callable[[RegistrationValues], Any] | None = None
    _added: set[tuple[str, str]] = field(default_factory=set)

    def add_module(self, module: PortalModule) -> None:
        """Add a module, or replace the default one of that name.

        What is left out of a default one (label, icon) stays. Raises :class:`ConfigError`
        for a name added twice, one that cannot be a path, and a new one without a label.
        """
        self._claim("module", module.name)
        known = self.modules.get(module.name)
        label, icon = module.label, module.icon
        if label is None and known is None:
            raise ConfigError(
                "contacts.C018", f"The module {module.name!r} has no label.", "Give it one."
            )
        self.modules[module.name] = replace(
            module,
            label=known.label if known is not None and label is None else label,
            icon=icon or (known.icon if known is not None else "folder"),
        )

    def add_topic(self, topic: Topic) -> None:
        """Add a topic, or replace the default one of that name; errors as for modules."""
        if topic.module is not None and topic.module not in self.modules:
            raise ConfigError(
                "contacts.C003",
                f"The topic {topic.name!r} names an unknown module {topic.module!r}.",
                "Add the module first.",
            )
        self._claim("topic", topic.name)
        self.topics[topic.name] = topic

    def add_mail_template(self, template: MailTemplate) -> None:
        """Add a host's mail template; errors as for modules."""
        self._claim("template", template.name)
        self.mail_templates[template.name] = template

    def add_dashboard_panel(self, panel: DashboardPanel) -> None:
        """Add a panel to the portal's first page; errors as for topics."""
        if panel.module is not None and panel.module not in self.modules:
            raise ConfigError(
                "contacts.C003",
                f"The panel {panel.name!r} names an unknown module {panel.module!r}.",
                "Add the module first.",
            )
        self._claim("panel", panel.name)
        self.dashboard_panels[panel.name] = panel

    def add_related_list(self, related: RelatedRecords) -> None:
        """Add a list under a contact's page; errors as for modules."""
        self._claim("related list", related.name)
        self.related_lists[related.name] = related

    def _claim(self, kind: str, name: str) -> None:
        if not name.isidentifier() or name != name.lower() or name == EMAIL_NOTIFICATIONS:
            raise ConfigError(
                "contacts.C002",
                f"{name!r} cannot name a {kind}.",
                "Use lower-case letters, digits and underscores.",
            )
        if (kind, name) in self._added:
            raise ConfigError(
                "contacts.C001",
                f"The {kind} {name!r} is registered twice.",
                "Register it once, where the Contacts object is made.",
            )
        self._added.add((kind, name))

    @property
    def permissions(self) -> dict[str, Any]:
        """Every permission a contact can hold, name to label, in the form's order."""
        labels = {module.name: module.label for module in self.modules.values()}
        return {**labels, EMAIL_NOTIFICATIONS: _l("Email Notifications")}

    def topics_of(self, permissions: Iterable[str]) -> frozenset[str]:
        """The topics that ticked permissions propose (BEHAVIOUR C5)."""
        held = set(permissions)
        return frozenset(name for name, topic in self.topics.items() if topic.module in held)
