"""A module of the test host with everything that ``PortalModelView`` can do: proposals."""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum
from typing import Any

from flask_appbuilder import Model
from flask_appbuilder.models.sqla.interface import SQLAInterface
from sqlalchemy import (
    Boolean,
    Date,
    DateTime,
    Enum as EnumType,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    Numeric,
    String,
    Text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    Form,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length, Optional

from flask_contacts import Attachment
from flask_contacts.errors import InvalidInput
from flask_contacts.models import Contact, Customer
from flask_contacts.portal import (
    PortalAction,
    PortalFile,
    PortalFilter,
    PortalModelView,
    PortalRefused,
    RelatedList,
    UploadField,
    badge,
    current_contact,
    money,
)

STATES = {
    "open": ("info", "Open"),
    "accepted": ("success", "Accepted"),
    "draft": ("secondary", "Draft"),
}


class Size(Enum):
    """How much work it is."""

    SMALL = "small"
    LARGE = "large"


class HostProposal(Model):
    """A proposal to a customer, with a column of every type that lists are ordered by."""

    __tablename__ = "host_proposal"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    subject: Mapped[str] = mapped_column(String(80))
    status: Mapped[str] = mapped_column(String(10), default="open")
    value: Mapped[Any] = mapped_column(Numeric(12, 2), nullable=True)
    rating: Mapped[float | None] = mapped_column(Float)
    size: Mapped[Size | None] = mapped_column(EnumType(Size, native_enum=False))
    valid_until: Mapped[date | None] = mapped_column(Date)
    sent_at: Mapped[datetime | None] = mapped_column(DateTime)
    is_urgent: Mapped[bool] = mapped_column(Boolean, default=False)
    note: Mapped[str | None] = mapped_column(Text)
    accepted_by: Mapped[str | None] = mapped_column(String(100))
    customer_id: Mapped[Any] = mapped_column(ForeignKey(Customer.id), index=True)
    customer: Mapped[Any] = relationship(Customer)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey(Contact.id, ondelete="SET NULL"))
    papers: Mapped[list[HostPaper]] = relationship(
        "HostPaper", order_by="HostPaper.title.desc()", cascade="all, delete-orphan"
    )

    def __str__(self) -> str:
        return self.subject


class HostPaper(Model):
    """A file of a proposal; some are for staff only."""

    __tablename__ = "host_paper"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    proposal_id: Mapped[int] = mapped_column(ForeignKey(HostProposal.id))
    title: Mapped[str] = mapped_column(String(200))
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    media_type: Mapped[str] = mapped_column(String(120), default="text/plain")
    is_internal: Mapped[bool] = mapped_column(Boolean, default=False)


class AcceptForm(Form):
    """Who accepts."""

    name = StringField("Your name", [DataRequired(), Length(max=100)])
    comment = TextAreaField("Comment", [Optional(), Length(max=500)])


class ProposalForm(Form):
    """What a contact writes into a new one."""

    subject = StringField("Subject", [DataRequired()])
    value = DecimalField("Budget", [Optional()])
    note = TextAreaField("What is it about?", [Optional()], description="In your own words.")
    papers = UploadField("Files", most_files=2, max_bytes=2000)


class ChangeForm(Form):
    """What a contact may change."""

    subject = StringField("Subject", [DataRequired()])
    value = DecimalField("Budget", [Optional()])
    status = SelectField("Status", choices=["open", "draft"])
    valid_until = DateField("Valid until", [Optional()])
    is_urgent = BooleanField("Urgent")


def accept(proposal: HostProposal, form: AcceptForm) -> str:
    """The contact's yes."""
    if form.name.data == "Nobody":
        raise InvalidInput({"name": ["Somebody has to."], "": ["Not like this."]})
    if form.name.data == "Refuse":
        raise PortalRefused("The proposal is being rewritten.")
    proposal.status, proposal.accepted_by = "accepted", form.name.data
    return f"Thank you, {form.name.data}."


def withdraw(proposal: HostProposal, _form: None) -> None:
    """Make it invisible."""
    proposal.status = "draft"


def paper(row: HostPaper) -> Attachment | None:
    """The file of a row."""
    if row.content is None:
        return None
    return Attachment(row.title, row.content, row.media_type)


class ProposalPages(PortalModelView):
    """Proposals for contacts; drafts are not shown."""

    datamodel = SQLAInterface(HostProposal)
    list_columns = ["subject", "valid_until", "value", "status"]
    show_columns = ["subject", "status", "value", "valid_until", "is_urgent", "note"]
    search_columns = ["subject"]
    order_columns = [
        "subject", "status", "value", "rating", "size", "valid_until", "sent_at", "is_urgent",
        "note",
    ]  # fmt: skip
    filter_columns = [
        PortalFilter(
            "status", choices=lambda: {name: label for name, (_t, label) in STATES.items()}
        ),
        PortalFilter("size", "Work", {Size.SMALL: "Small", Size.LARGE: "Large", None: "Unknown"}),
        "is_urgent",
        "valid_until",
        "sent_at",
    ]
    formatters_columns = {"status": badge(STATES), "value": money("EUR")}
    contact_column = "contact_id"
    related_lists = (
        RelatedList(
            "papers",
            "Papers",
            ["title", "media_type"],
            condition=lambda: HostPaper.is_internal.is_(False),
            download=paper,
            can_download=lambda row: row.media_type != "none/none",
            page_size=3,
        ),
    )
    files = (
        PortalFile(
            "pdf",
            "Download PDF",
            lambda proposal: Attachment(f"{proposal.id}.pdf", b"%PDF-1.4 proposal"),
            condition=lambda proposal: not proposal.is_urgent,
        ),
        PortalFile("none", "Nothing", lambda proposal: None),
    )
    actions = (
        PortalAction(
            "accept",
            "Accept",
            accept,
            lambda proposal: proposal.status == "open",
            "Do you accept this proposal?",
            AcceptForm,
        ),
        PortalAction("withdraw", "Withdraw", withdraw, style="danger", icon="trash"),
    )
    create_form = ProposalForm
    create_label = "Ask for a proposal"
    edit_form = ChangeForm

    def query(self) -> Any:
        """Without drafts."""
        return super().query().where(HostProposal.status != "draft")

    def create(self, form: ProposalForm) -> HostProposal:
        """With its files; whose it is, the server says."""
        if form.subject.data == "Refuse":
            raise PortalRefused("Not now.")
        return HostProposal(
            subject=form.subject.data,
            value=form.value.data,
            note=form.note.data,
            contact_id=current_contact.id,
            papers=[
                HostPaper(title=one.filename, content=one.content, media_type=one.media_type)
                for one in form.papers.data
            ],
        )

    def may_edit(self, record: HostProposal) -> bool:
        """Until it is accepted."""
        return record.status == "open"
