"""Each kind of paper: what stands on it, in the language asked for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from flask_babel import force_locale, gettext as _, pgettext

from ..formatting import day, money, percent, quantity, utc_moment
from ..models import Contract, CreditNote, Estimate, Invoice, Proposal
from ..statement import Entry, Statement, period
from ..words import COLUMNS, ENTRY_KINDS, STATUSES
from .contents import SENDER, Column, Contents
from .sheet import Sheet

Draw = Callable[[Any, str], bytes]


def _as_pdf(fill: Callable[[Any], Contents]) -> Draw:
    """What ``fill`` says of a record, as a PDF file in a language (a code such as pt_BR)."""

    @wraps(fill)
    def draw(record: Any, language: str) -> bytes:
        with force_locale(language):
            return Sheet(fill(record), language).draw()

    return draw


@_as_pdf
def invoice_pdf(invoice: Invoice) -> Contents:
    """An invoice with its lines, its sums, and what is left to pay."""
    columns = (("description", 52), ("quantity", 14), ("unit_price", 17), ("amount", 17))
    totals = _sums(invoice)
    if invoice.balance != invoice.total:
        received = invoice.total - invoice.balance
        totals += ((_("Paid or credited"), money(-received)), (_("To pay"), money(invoice.balance)))
    return Contents(
        title=_("Invoice %(number)s", number=invoice.number),
        subject=invoice.title,
        recipient=_address(invoice.customer),
        facts=_facts(invoice, "number", "issued_on", "due_on"),
        columns=tuple(
            Column(str(COLUMNS[name]), share, numeric=name != "description")
            for name, share in columns
        ),
        rows=tuple(
            (line.description, quantity(line.quantity), money(line.unit_price), money(line.amount))
            for line in invoice.lines
        ),
        totals=totals,
        text=invoice.notes or "",
    )


@_as_pdf
def credit_note_pdf(note: CreditNote) -> Contents:
    """A credit note with its sums."""
    about = () if note.invoice is None else ((_("Invoice"), note.invoice.number),)
    return Contents(
        title=_("Credit note %(number)s", number=note.number),
        subject=note.title,
        recipient=_address(note.customer),
        facts=(*_facts(note, "number", "issued_on"), *about),
        columns=(Column(str(COLUMNS["description"]), 76), Column(str(COLUMNS["amount"]), 24, True)),
        rows=((note.title, money(note.subtotal)),),
        totals=_sums(note),
        text=note.notes or "",
    )


@_as_pdf
def estimate_pdf(estimate: Estimate) -> Contents:
    """An estimate with what it covers."""
    return Contents(
        title=_("Estimate %(number)s", number=estimate.number),
        subject=estimate.title,
        recipient=_address(estimate.customer),
        facts=_facts(estimate, "number", "issued_on", "valid_until"),
        columns=(Column(_("What it covers"), 100),) if estimate.scope else (),
        rows=tuple((line,) for line in (estimate.scope or "").splitlines() if line.strip()),
        totals=((_("Estimated total, net"), money(estimate.total)),),
        text=_("An estimate is no invoice: we charge what the work takes, and tell you in time."),
        agreement=_answer(estimate),
    )


@_as_pdf
def proposal_pdf(proposal: Proposal) -> Contents:
    """A proposal in words, to a customer or to a lead."""
    lead = tuple(filter(None, (proposal.lead_name, proposal.lead_email)))
    to_contact = () if proposal.contact is None else (proposal.contact.name,)
    return Contents(
        title=_("Proposal %(number)s", number=proposal.number),
        subject=proposal.subject,
        recipient=lead if proposal.customer is None else _address(proposal.customer, to_contact),
        facts=_facts(proposal, "number", "sent_on", "open_till"),
        totals=((_("Our price, net"), money(proposal.total)),),
        text=proposal.summary or "",
        agreement=_answer(proposal),
    )


@_as_pdf
def contract_pdf(contract: Contract) -> Contents:
    """A contract with its terms, and a place to sign or who signed it in the portal."""
    signed = contract.signature is not None
    return Contents(
        title=_("Contract %(number)s", number=contract.number),
        subject=contract.subject,
        recipient=_address(contract.customer),
        facts=_facts(contract, "number", "starts_on", "ends_on", "signed_on"),
        totals=((_("Value, net"), money(contract.value)),),
        text=contract.terms or "",
        signatures=() if signed else (SENDER, str(contract.customer)),
        agreement=_signature(contract),
    )


@_as_pdf
def statement_pdf(statement: Statement) -> Contents:
    """A customer's account: opening balance, every entry, closing balance."""
    opening = (day(statement.starts_on), _("Opening balance"), "", money(statement.opening))
    return Contents(
        title=_("Statement"),
        subject=period(statement),
        recipient=_address(statement.customer),
        facts=(
            (pgettext("period", "From"), day(statement.starts_on)),
            (_("Until"), day(statement.ends_on)),
        ),
        columns=(
            Column(str(COLUMNS["issued_on"]), 16),
            Column(str(COLUMNS["description"]), 48),
            Column(str(COLUMNS["amount"]), 18, True),
            Column(_("Balance"), 18, True),
        ),
        rows=(
            opening,
            *(
                (day(each.day), entry_text(each), money(each.amount), money(each.balance))
                for each in statement.entries
            ),
        ),
        totals=(
            (_("Opening balance"), money(statement.opening)),
            (_("Invoiced"), money(statement.sum_of("invoice"))),
            (_("Paid and credited"), money(statement.sum_of("payment", "credit note"))),
            (_("Balance"), money(statement.closing)),
        ),
    )


def entry_text(entry: Entry) -> str:
    """What an entry is: ``Invoice INV-1041 · Brand refresh``."""
    text = STATUSES.get(entry.text, entry.text) if entry.kind == "payment" else entry.text
    return f"{ENTRY_KINDS[entry.kind]} {entry.number} · {text}"


def _answer(offer: Estimate | Proposal) -> tuple[str, ...]:
    """Who answered an offer in the portal, when, and what was said; nothing for no answer."""
    if offer.answered is None:
        return ()
    name, answered_at = offer.answered
    status = STATUSES[offer.status]
    return (
        f"{status}: {name}, {offer.customer}",
        _moment_and_address(answered_at, offer.answer_address),
        *filter(None, (offer.answer_comment,)),
    )


def _signature(contract: Contract) -> tuple[str, ...]:
    """Who signed a contract in the portal, when, and the fingerprint of the words."""
    signature = contract.signature
    if signature is None:
        return ()
    return (
        _("Signed electronically: %(name)s, %(company)s",
          name=signature.name, company=signature.company),
        _moment_and_address(signature.signed_at, signature.address),
        f"SHA-256: {signature.sha256}",
    )  # fmt: skip


def _moment_and_address(when: datetime, address: str | None) -> str:
    text = _("%(moment)s UTC, from the address %(address)s", moment=utc_moment(when),
             address=address or "–")  # fmt: skip
    return str(text)


def _sums(record: Any) -> tuple[tuple[str, str], ...]:
    """Subtotal, tax and total of an invoice or a credit note."""
    return (
        (str(COLUMNS["subtotal"]), money(record.subtotal)),
        (_("VAT %(rate)s", rate=percent(record.tax_rate)), money(record.tax)),
        (str(COLUMNS["total"]), money(record.total)),
    )


def _facts(record: Any, *names: str) -> tuple[tuple[str, str], ...]:
    """Label and value of columns; a date that is not known yet is left out."""
    values = ((name, getattr(record, name)) for name in names)
    return tuple(
        (str(COLUMNS[name]), value if isinstance(value, str) else day(value))
        for name, value in values
        if value is not None
    )


def _address(customer: Any, people: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The customer's postal address, as far as it is known."""
    town = " ".join(filter(None, (customer.zip_code, customer.city)))
    lines = (customer.address, town, customer.state, customer.country, customer.vat_number)
    return (str(customer), *people, *(line for line in lines if line))
