"""Signals of this package (blinker). Past tense; the sender is the Flask application.

They fire after the transaction that they speak of has been committed, so a receiver that
raises changes nothing: its error is logged, and the other receivers are called. Whatever it
had not committed in the caller's session is rolled back then. A contact may be gone again
when a receiver looks for it.

They are what to listen to: events of SQLAlchemy's unit of work (``after_insert``,
``before_flush``) miss what a use case writes past it, new contacts among others.
"""

from __future__ import annotations

from blinker import Namespace

_signals = Namespace()

contact_created = _signals.signal("contacts-contact-created")
"""A contact was created. Payload: ``contact_id`` (int)."""

contact_changed = _signals.signal("contacts-contact-changed")
"""A contact was edited, (de)activated or made primary. Payload: ``contact_id`` (int)."""

contact_deleted = _signals.signal("contacts-contact-deleted")
"""A contact was deleted. Payload: ``contact_id`` (int)."""

contact_merged = _signals.signal("contacts-contact-merged")
"""A contact was merged into another and is gone; fires for each, and ``contact_changed`` once.
Payload: ``contact_id`` (the one that stays) and ``merged_id`` (ints)."""

password_set = _signals.signal("contacts-password-set")
"""A login's password was set, by its holder or by staff. Payload: ``login_id`` (int)."""

registration_proven = _signals.signal("contacts-registration-proven")
"""Somebody who registered has confirmed the address. Payload: ``registration_id`` (int)."""

registration_approved = _signals.signal("contacts-registration-approved")
"""A registration became a contact, by staff or at once where they need no approval. Payload:
``registration_id`` and ``contact_id`` (ints)."""

registration_refused = _signals.signal("contacts-registration-refused")
"""Staff refused a registration. Payload: ``registration_id`` (int)."""

signed_in = _signals.signal("contacts-signed-in")
"""A contact signed in to the portal. Payload: ``contact_id`` (int)."""
