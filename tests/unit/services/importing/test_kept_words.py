"""What was said of a row, kept and told again."""

from __future__ import annotations

import json

import pytest
from flask_babel import lazy_gettext

from flask_contacts.i18n import _, _l, _lp, in_language
from flask_contacts.services.importing.kept_words import kept, told

pytestmark = pytest.mark.usefixtures("app_context")


def test_each_reader_in_the_own_language() -> None:
    """Whoever checked the file in one language, others read the reasons in theirs: also one
    with a context, and one with another text as parameter."""
    birthday = _l("This must be yes or no.")
    messages = {
        "row": [_l("Row %(row)s is the same contact.", row=2), birthday],
        "email": [_lp("address", "Email"), _l("Row %(row)s is the same contact.", row=birthday)],
    }
    with in_language("pt_BR"):
        stored = json.loads(json.dumps(kept(messages)))
        theirs = told(stored)
    assert told(stored) == {name: [str(one) for one in some] for name, some in messages.items()}
    with in_language("pt_BR"):
        assert theirs == {name: [str(one) for one in some] for name, some in messages.items()}
    assert theirs != told(stored)


def test_what_was_text_stays_text() -> None:
    """A text that was made at once, and those of imports from before; a percent sign does no
    harm."""
    messages = {"row": [_("This must be yes or no."), "100 % of %(it)s"]}
    assert kept(messages) == messages
    assert told({"row": ["Antigo: 100 %"]}) == {"row": ["Antigo: 100 %"]}


def test_a_lazy_text_of_the_host() -> None:
    """A host makes its texts with Flask-Babel: they are told in the reader's language as well."""
    stored = kept({"row": [lazy_gettext("This must be yes or no.")]})
    assert stored == kept({"row": [_l("This must be yes or no.")]})
    assert stored != {"row": ["This must be yes or no."]}
