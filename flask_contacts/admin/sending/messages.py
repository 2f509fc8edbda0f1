"""What staff read after they have sent a document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...i18n import _, _n

if TYPE_CHECKING:
    from ...documents import Document
    from ...services.mailing.send_document import Sent

_NAMED = 5


def sentences(document: Document, sent: Sent) -> list[tuple[str, str]]:
    """The messages, each with its category: who gets it, and who had it already."""
    said = []
    if sent.to:
        names = in_words([one.name for one in sent.to])
        text = _("%(document)s is on its way to %(names)s.", document=document.name, names=names)
        said.append((text, "success"))
    if sent.copies:
        addresses = in_words(sent.copies)
        said.append((_("A copy goes to %(addresses)s.", addresses=addresses), "success"))
    if sent.already:
        names = in_words([one.name for one in sent.already])
        text = _("It was sent to %(names)s already, and is not sent twice.", names=names)
        said.append((text, "info"))
    return said


def in_words(names: Sequence[str]) -> str:
    """The first five names, and how many more there are."""
    shown, more = ", ".join(names[:_NAMED]), len(names) - _NAMED
    if more <= 0:
        return shown
    text: str = _n("%(names)s and %(num)d more", "%(names)s and %(num)d more", more, names=shown)
    return text
