"""The studio's papers as PDF files, in one design and in the language asked for.

:mod:`contents` says what a paper holds, :mod:`papers` fills that in for each kind, and
:mod:`sheet` draws it.
"""

from .papers import (
    contract_pdf,
    credit_note_pdf,
    estimate_pdf,
    invoice_pdf,
    proposal_pdf,
    statement_pdf,
)

__all__ = [
    "contract_pdf",
    "credit_note_pdf",
    "estimate_pdf",
    "invoice_pdf",
    "proposal_pdf",
    "statement_pdf",
]
