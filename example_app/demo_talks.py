"""The demo's longest correspondence: a shop that writes about everything, answered each time.

It is more than one page of the portal's list holds.
"""

from __future__ import annotations

from .demo_data import Talk

_ANSWERED_BY = ("Priya Raman", "Jonas Weber", "Ines Carvalho", "Mateo Ruiz")
_SUBJECTS = (
    "The seeded loaf has the photo of the sourdough",
    "Please take the plum tart off the shop, plums are over",
    "An allergen is missing at the almond croissant",
    "Could the order list be printed in larger type?",
    "Two customers with the same name on Saturday",
    "The pick-up time jumps back to seven",
    "New price for the large rye from Monday",
    "A customer cannot find the voucher field",
    "The map shows our old entrance",
    "Easter opening hours",
    "Can the oven lists be sorted by shelf?",
    "The newsletter went out without its picture",
    "Gluten-free needs a page of its own",
    "Receipts should name the VAT number",
    "A typo in the story of the sourdough starter",
    "Half loaves cannot be ordered any more",
    "The shop said closed on a Tuesday",
    "Photos of the new team for the About page",
    "Please add the market stall on Thursdays",
    "The logo is blurred on the paper bags' proof",
    "Order confirmation in capital letters",
    "Where do I change the text about deliveries?",
    "The cookie banner talks about real cookies",
    "School order: forty rolls in one go",
    "The contact form does not like an apostrophe",
)

AURORA_TALKS = tuple(
    Talk(
        subject,
        "closed",
        ("normal", "low", "normal", "high")[place % 4],
        60 + place * 7,
        (
            (None, f"{subject}: could you have a look, please?"),
            (_ANSWERED_BY[place % 4], "Done. Tell me if anything is still not right."),
        ),
    )
    for place, subject in enumerate(_SUBJECTS)
)
