"""The page on related lists, run as it stands there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.howtos import HOWTOS, ROOT, crm_environment, run, titled_blocks

pytestmark = pytest.mark.bundled_only(reason="a process of its own, with the bundled customers")

PAGE = HOWTOS / "related-lists.md"
ADD_VIEW = 'appbuilder.add_view(CourseView, "Courses", category="CRM")'
PLAY = """
import re
from datetime import date
from flask_contacts import testing
from crm import create_app, db
from courses import Course
from flask_contacts.models import Customer
app = create_app()
app.testing = True
with app.app_context():
    db.create_all()
    sm = app.appbuilder.sm
    sm.add_user("ada", "Ada", "Min", "a@example.com", sm.find_role("Admin"), "ada")
    customer = Customer(company="Aurora")
    db.session.add_all([customer, Course(title="Sourdough", begins_on=date(2030, 5, 1))])
    db.session.commit()
    contact = testing.make_contact(db.session, customer).id
client = app.test_client()
assert testing.staff_sign_in(client, "ada", "ada").status_code == 302
page = f"/customer-contacts/show/{contact}"
offered = client.get(f"/customer-contacts/linkable/{contact}/courses?q=sour").json
assert offered == ["Sourdough"], offered
token = testing.csrf_token(client, page)
for way, record in (("link", "Sourdough"), ("unlink", "1"), ("link", "Sourdough (#1)")):
    url = f"/customer-contacts/{way}/{contact}/courses"
    answer = client.post(url, data={"record": record, "csrf_token": token})
    assert answer.status_code == 302, answer.text
html = client.get(page).text
assert 'href="/courseview/show/1"' in html, html
assert "May 1, 2030" in html
assert html.count(">Linked<") == 2 and html.count(">Unlinked<") == 1
print("played")
"""


def test_the_page_links(tmp_path: Path) -> None:
    """Its list, in the README's application: a course is found, linked, parted, linked again."""
    assert ADD_VIEW in PAGE.read_text(encoding="utf-8")
    quickstart, page = titled_blocks(ROOT / "README.md")["# crm.py"], titled_blocks(PAGE)
    again = page["# crm.py again, below contacts = Contacts()"]
    crm = quickstart.replace("contacts = Contacts()\n", f"contacts = Contacts()\n{again}\n")
    crm = crm.replace(
        "        contacts.init_app",
        f"        from courses import CourseView\n        {ADD_VIEW}\n        contacts.init_app",
    )
    (tmp_path / "crm.py").write_text(crm, encoding="utf-8")
    (tmp_path / "courses.py").write_text(page["# courses.py"], encoding="utf-8")
    assert "played" in run(tmp_path, PLAY, crm_environment(tmp_path))
