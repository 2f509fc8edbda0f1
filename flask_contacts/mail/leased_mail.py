"""One leased mail whose turn has come: made ready, handed to the server, its outcome written."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.orm import Session

from ..errors import ContactsError
from ..models import Mail
from . import preparation, queue
from .preparation import Cancelled, Finished
from .sent_marks import SentMarks
from .smtp_failures import PermanentFailure, TemporaryFailure
from .transport import Transport

log = logging.getLogger(__name__)
_ADDRESS = re.compile(r"\b(?:https?:|www\.)\S+", re.IGNORECASE)
_TOKEN = re.compile(r"[\w-]{16,}\.[\w-]{4,}\.[\w-]{16,}")
#: How long a batch or a mail waits for a database that is away.
PATIENCE_SECONDS = 5.0
#: How long an outcome waits for it; forgotten, the mail would go twice.
OUTCOME_SECONDS = 60.0


@dataclass(frozen=True)
class LeasedMail:
    """One leased mail whose turn has come."""

    session: Session
    transport: Transport
    sent_marks: SentMarks
    mail_id: int
    claim: queue.Claim
    attempt: int

    def make_ready(self) -> Finished | str:
        """Finish a mail that was not ready, or say how it ended before it was sent."""
        self.sent_marks.settle()
        session = self.session
        try:
            return queue.patiently(session, self._finish, PATIENCE_SECONDS)
        except (OperationalError, InterfaceError):
            raise  # the database is away: no fault of the mail
        except ContactsError as error:
            session.rollback()
            log.exception("mail %s could not be prepared", self.mail_id)
            return self.ended({"state": "failed", "error": _short(error)})
        except Exception as error:  # one poisoned mail stops no other
            session.rollback()
            log.exception("mail %s could not be prepared", self.mail_id)
            return self.ended(queue.retry_values(self.attempt, _short(error)))

    def _finish(self) -> Finished | str:
        session = self.session
        queue.hold(session, self.claim.owner, [self.mail_id])
        mail = session.get(Mail, self.mail_id, populate_existing=True)
        if mail is None or (mail.lease_owner, mail.state) != (self.claim.owner, "sending"):
            session.rollback()
            return "taken"
        recipient = mail.recipient
        message = preparation.prepare(session, mail)
        if isinstance(message, Cancelled):
            session.rollback()
            if not message.forget:
                untried = {"attempts": self.attempt - 1}
                return self.ended({"state": "cancelled", "error": message.reason, **untried})
            session.delete(session.get_one(Mail, self.mail_id))
            session.commit()
            return "cancelled"
        session.commit()
        return Finished(recipient, message)

    def send(self, mail: Finished) -> str:
        """Hand the finished mail to the server, and say how that went."""
        try:
            self.transport.send_bytes(mail.recipient, mail.message, self.sent_marks.write)
        except TemporaryFailure as error:
            log.warning("mail %s: %s", self.mail_id, _short(error))
            if not error.server_down:
                return self.ended(queue.retry_values(self.attempt, _short(error)))
            values = queue.server_down_values(self.attempt, _short(error))
            # At the first attempt nobody has been handed the link yet.
            first = self.attempt == 1 and not self.claim.returned
            self.ended(values, stop_life=first)
            return "server_down"
        except PermanentFailure as error:
            log.warning("mail %s: %s", self.mail_id, _short(error))
            return self.ended({"state": "failed", "error": _short(error)})
        except DBAPIError:
            raise
        except Exception as error:  # whatever it is, the mails behind this one go on
            log.exception("mail %s could not be sent", self.mail_id)
            return self.ended(queue.retry_values(self.attempt, _short(error)))
        self.sent_marks.add(self.mail_id, self.claim.owner, self.attempt)
        return "sent"

    def ended(self, values: Mapping[str, object], *, stop_life: bool = False) -> str:
        """Write an outcome, however long the database is away; gives the state."""
        session = self.session

        def work() -> None:
            if stop_life:
                queue.stop_life(session, self.mail_id)
            queue.end(
                session, self.mail_id, self.claim.owner, **{"attempts": self.attempt, **values}
            )
            session.commit()

        self.sent_marks.settle()
        queue.patiently(session, work, OUTCOME_SECONDS)
        return str(values["state"])


def _short(error: Exception) -> str:
    """What staff read and the log keeps, without addresses: a server that refuses a mail may
    quote the personal link in it (security 14.2.1)."""
    text = " ".join(str(error).split()) or type(error).__name__
    return _TOKEN.sub("…", _ADDRESS.sub("…", text))[:500]
