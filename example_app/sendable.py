"""What staff send by e-mail: each record as a document for the send dialog (N5, N9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel.speaklater import LazyString

from flask_contacts import Attachment, Document

from . import pdf
from .merge_values import about, about_invoice, day, money, portal_url
from .models import Contract, CreditNote, Estimate, Invoice, Proposal
from .statement import Statement, period

Draw = Callable[[Any, str], bytes]


def invoice_document(invoice: Invoice) -> Document:
    """An invoice: to those who have its topic on."""
    return _to_customer(
        invoice,
        _("Invoice %(number)s", number=invoice.number),
        "invoice_sent",
        about_invoice(invoice, invoice.total),
        pdf.invoice_pdf,
        topic="invoice",
    )


def credit_note_document(note: CreditNote) -> Document:
    """A credit note: to those who have its topic on."""
    return _to_customer(
        note,
        _("Credit note %(number)s", number=note.number),
        "credit_note_sent",
        {**about(note), "amount": money(note.total)},
        pdf.credit_note_pdf,
        topic="credit_note",
    )


def estimate_document(estimate: Estimate) -> Document:
    """An estimate: to those who have its topic on."""
    return _to_customer(
        estimate,
        _("Estimate %(number)s", number=estimate.number),
        "estimate_sent",
        {
            **about(estimate),
            "amount": money(estimate.total),
            "valid_until": day(estimate.valid_until),
        },
        pdf.estimate_pdf,
        topic="estimate",
    )


def contract_document(contract: Contract) -> Document:
    """A contract: to those who have its topic on."""
    return _to_customer(
        contract,
        _("Contract %(number)s", number=contract.number),
        "contract_sent",
        {**about(contract), "amount": money(contract.value)},
        pdf.contract_pdf,
        topic="contract",
    )


def proposal_document(proposal: Proposal) -> Document:
    """A proposal, which has no topic: to whom it is addressed, else to the primary contact;
    one to a lead goes to the lead's own address (BEHAVIOUR N9)."""
    name = _("Proposal %(number)s", number=proposal.number)
    values = {
        **about(proposal),
        "amount": money(proposal.total),
        "valid_until": day(proposal.open_till),
    }
    if proposal.customer_id is not None:
        contact_id = proposal.contact_id
        return _to_customer(
            proposal, name, "proposal_sent", values, pdf.proposal_pdf, contact_id=contact_id
        )
    del values["document_url"]  # a lead has no portal
    lead_name, lead_email = proposal.lead_name or "", proposal.lead_email or ""
    return Document(
        name=name,
        template="proposal_sent_to_lead",
        values={**values, "lead_name": lead_name or lead_email},
        address=(lead_name, lead_email),
        attachments=_file(pdf.proposal_pdf, proposal, proposal.number),
        key=_key(proposal),
    )


def statement_document(statement: Statement) -> Document:
    """A statement: to those who have the topic Invoice on."""
    dates = f"{statement.starts_on:%Y-%m-%d}_{statement.ends_on:%Y-%m-%d}"
    address = f"statement/?from={statement.starts_on}&to={statement.ends_on}"
    return Document(
        name=_("Statement %(period)s", period=period(statement)),
        template="statement_sent",
        values={
            "period": LazyString(period, statement),
            "amount": money(statement.closing),
            "document_url": portal_url(address),
        },
        customer_id=statement.customer.id,
        topic="invoice",
        attachments=_file(pdf.statement_pdf, statement, f"statement-{dates}"),
        key=f"statement:{statement.customer.id}:{dates}",
    )


def _to_customer(
    record: Any,
    name: str,
    template: str,
    values: Mapping[str, object],
    draw: Draw,
    *,
    topic: str | None = None,
    contact_id: int | None = None,
) -> Document:
    return Document(
        name=name,
        template=template,
        values=values,
        customer_id=record.customer_id,
        topic=topic,
        contact_id=contact_id,
        attachments=_file(draw, record, record.number),
        key=_key(record),
    )


def _file(draw: Draw, record: Any, name: str) -> Callable[[str], tuple[Attachment, ...]]:
    """The record as a PDF file, drawn in the language asked for."""
    filename = "".join("-" if char in "/\\" else char for char in name)
    return lambda language: (Attachment(f"{filename}.pdf", draw(record, language)),)


def _key(record: Any) -> str:
    return f"{record.__tablename__}:{record.id}"
