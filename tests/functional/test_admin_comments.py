"""Comments of staff in the activity of a contact (BEHAVIOUR S5)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from html import unescape
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_contacts.clock import utc_now
from flask_contacts.models import Activity, Comment, CustomerAdmin, Mail
from flask_contacts.services.comments import writing as comments
from flask_contacts.services.contacts.archive import anonymise_contact, archive_contact
from flask_contacts.testing import RecordingSmtp, csrf_token, links_in
from tests.host_app import LIMITS_STAFF
from tests.staff_people import VIEW_ALL, add_staff, browser_of, post, words

Make = Callable[..., Any]
URL = "/customer-contacts"
COMMENT = tuple((f"can_{name}", "Customer contacts") for name in ("show", "comment"))
PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "javascript:alert(1)",
    "[x](javascript:alert(1))",
    'http://x"onmouseover=alert(1)//',
    "https://example.com/'><script>alert(1)</script>",
    "data:text/html,<script>alert(1)</script>",
    "{{ 7*7 }} {% raw %} ${7*7}",
    "&lt;script&gt;",
]


@pytest.fixture
def contact(make_customer: Make, make_contact: Make) -> Any:
    """A contact of a customer."""
    return make_contact(make_customer(company="Acme"), firstname="Mara", lastname="Lind")


def show(contact: Any) -> str:
    """The contact's page in the agent interface."""
    return f"{URL}/show/{contact.id}"


def write(client: FlaskClient, contact: Any, body: str, origin: str = "show") -> Any:
    """Post a comment as the form under the activity does."""
    return post(client, f"{URL}/comment/{contact.id}?origin={origin}", body=body)


def feed(client: FlaskClient, url: str) -> list[str]:
    """The entries of the activity on a page, in words."""
    html = client.get(url).text
    shown = html[html.index("contacts-feed") :].split("</ol>")[0]
    return [words(f"<li {one}") for one in shown.split("<li")[1:]]


def ways(contact: Any) -> list[tuple[str, str]]:
    """Every page that shows the activity, with the word that its form says."""
    tab = f"/customercontacts/activity/{contact.customer_id}/{contact.id}"
    form = f"/customercontacts/edit/{contact.customer_id}/{contact.id}"
    return [
        (show(contact), "show"),
        (f"{URL}/edit/{contact.id}", "edit"),
        (tab, "tab"),
        (form, "form"),
    ]


def test_it_stands_in_every_feed(staff_client: FlaskClient, contact: Any) -> None:
    """A comment that is written on any of the pages stands first on all, and leads back."""
    for number, (page, origin) in enumerate(ways(contact)):
        html = unescape(staff_client.get(page).text)
        assert f'action="{URL}/comment/{contact.id}?origin={origin}"' in html, page
        answer = write(staff_client, contact, f"Called her, number {number}", origin)
        assert answer.status_code == 302
        assert answer.location.split("#")[0] == page
    for page, _origin in ways(contact):
        first = feed(staff_client, page)[:2]
        assert "Called her, number 3" in first[0], page
        assert "Ada Min" in first[0], page
        assert "Called her, number 2" in first[1], page


def test_it_needs_the_permission(app: Flask, contact: Any, session: Session) -> None:
    """Without can_comment there is no form, and posting is refused."""
    add_staff(app, "sam", COMMENT[0], VIEW_ALL)
    client = browser_of(app, "sam")
    html = client.get(show(contact)).text
    assert "contacts-feed" in html
    assert "comment-body" not in html
    write(client, contact, "No")
    assert session.scalars(select(Comment)).all() == []


def test_nothing_typed_is_lost(staff_client: FlaskClient, contact: Any, session: Session) -> None:
    """An empty, a too long and an unprintable comment: the error at the field, the text kept."""
    for body, problem in (
        ("  \n ", "This field is required."),
        ("x" * 5001, "Use at most 5000 characters."),
        ("a\x07b", "This holds characters that cannot be shown."),
    ):
        answer = write(staff_client, contact, body)
        assert answer.status_code == 422
        assert problem in words(answer.text)
        assert 'id="body-error"' in answer.text
        if "\x07" not in body and body.strip():
            assert body in answer.text
    assert session.scalars(select(Comment)).all() == []
    assert write(staff_client, contact, "x" * 5000).status_code == 302


@pytest.mark.parametrize("payload", PAYLOADS)
def test_there_is_no_markup(staff_client: FlaskClient, contact: Any, payload: str) -> None:
    """What looks like markup is text on every page, and no other scheme becomes a link."""
    write(staff_client, contact, payload)
    for page, _origin in ways(contact):
        html = staff_client.get(page).text
        shown = html[html.index("contacts-comment-words") :].split("</div>")[0]
        assert set(re.findall(r"<(\w+)", shown)) <= {"a"}, shown
        for address in re.findall(r'href="([^"]*)"', shown):
            assert address.startswith(("http://", "https://")), address
        assert unescape(re.sub(r"<[^>]+>", "", shown.split(">", 1)[1])) == payload


def test_addresses_are_links(staff_client: FlaskClient, contact: Any) -> None:
    """An address of http or https can be followed, without what ends the sentence."""
    write(staff_client, contact, "See https://example.com/a(b)?x=1&y=2. (And http://b.example/)")
    html = staff_client.get(show(contact)).text
    shown = html[html.index("contacts-comment-words") :].split("</div>")[0]
    links = [unescape(one) for one in re.findall(r'href="([^"]*)"', shown)]
    assert links == ["https://example.com/a(b)?x=1&y=2", "http://b.example/"]
    assert shown.count('rel="noopener noreferrer nofollow"') == 2


def test_the_author_changes_it_for_a_while(
    app: Flask, staff_client: FlaskClient, contact: Any, session: Session
) -> None:
    """Within 15 minutes, shown as edited; then not; and never somebody else's."""
    add_staff(app, "sam", *COMMENT, VIEW_ALL)
    write(staff_client, contact, "First")
    comment = session.scalars(select(Comment)).one()
    edit = f"{URL}/comment/{contact.id}/{comment.id}"
    other = browser_of(app, "sam")
    assert edit not in other.get(show(contact)).text
    assert other.get(edit).status_code == 404
    assert post(other, edit, body="Theirs").status_code == 404
    assert post(other, f"{edit}/delete").status_code == 404
    assert f"{edit}?origin=show" in staff_client.get(show(contact)).text
    assert "First" in staff_client.get(edit).text
    assert post(staff_client, edit, body="").status_code == 422
    assert post(staff_client, edit, body="Second").status_code == 302
    first = feed(staff_client, show(contact))[0]
    assert "Second" in first
    assert "edited" in first
    with time_machine.travel(utc_now() + timedelta(minutes=16)):
        assert f"{edit}?origin=show" not in staff_client.get(show(contact)).text
        assert staff_client.get(edit).status_code == 302
        answer = post(staff_client, edit, body="Too late")
        assert answer.status_code == 422
        assert "Too late" in answer.text
        assert "these are over" in words(answer.text)
    session.expire_all()
    assert session.scalars(select(Comment)).one().body == "Second"


def test_it_is_deleted(app: Flask, contact: Any, session: Session) -> None:
    """By its author for a while, by who may delete contacts at any time; that it was stays."""
    add_staff(app, "sam", *COMMENT, VIEW_ALL)
    add_staff(app, "una", *COMMENT, ("can_delete", "Customer contacts"), VIEW_ALL)
    author, other = browser_of(app, "sam"), browser_of(app, "una")
    for number in range(2):
        write(author, contact, f"Number {number}")
    old, new = session.scalars(select(Comment).order_by(Comment.id)).all()
    session.commit()
    assert post(author, f"{URL}/comment/{contact.id}/{new.id}/delete").status_code == 302
    with time_machine.travel(utc_now() + timedelta(minutes=16)):
        author, other = browser_of(app, "sam"), browser_of(app, "una")
        post(author, f"{URL}/comment/{contact.id}/{old.id}/delete")
        session.expire_all()
        assert [one.id for one in session.scalars(select(Comment))] == [old.id]
        assert post(other, f"{URL}/comment/{contact.id}/{old.id}/delete").status_code == 302
        shown = feed(other, show(contact))
    session.expire_all()
    assert session.scalars(select(Comment)).all() == []
    assert "Number" not in " ".join(shown)
    assert "Wrote a comment that was deleted" in shown[0]


def test_a_page_asks_before_it_is_deleted(
    app: Flask, staff_client: FlaskClient, contact: Any, session: Session
) -> None:
    """The button opens a page with the comment; looking at it changes nothing, Cancel and the
    deletion lead back to where one came from. Nobody is asked about what is not theirs."""
    add_staff(app, "sam", *COMMENT, VIEW_ALL)
    write(staff_client, contact, "Call <b>Mara</b>")
    comment = session.scalars(select(Comment)).one()
    url = f"{URL}/comment/{contact.id}/{comment.id}/delete"
    for page, origin in ways(contact):
        html = unescape(staff_client.get(page).text)
        assert f'<a class="btn btn-default btn-xs" href="{url}?origin={origin}">' in html
        asked = staff_client.get(f"{url}?origin={origin}").text
        assert "Delete this comment?" in words(asked)
        assert "Call &lt;b&gt;Mara&lt;/b&gt;" in asked
        assert f'href="{page.partition("?")[0]}' in asked
    session.expire_all()
    assert session.scalars(select(Comment)).one().body == "Call <b>Mara</b>"
    sam = browser_of(app, "sam")
    assert sam.get(url).status_code == 404
    write(sam, contact, "Mine")
    mine = session.scalars(select(Comment).order_by(Comment.id.desc()).limit(1)).one()
    url = f"{URL}/comment/{contact.id}/{mine.id}/delete"
    assert sam.get(url).status_code == 200
    with time_machine.travel(utc_now() + timedelta(minutes=16)):
        answer = (sam := browser_of(app, "sam")).get(url)
        assert answer.location.startswith(show(contact))
        assert "these are over" in words(sam.get(answer.location).text)


def test_a_name_that_is_nobodys_is_said(
    app: Flask, staff_client: FlaskClient, contact: Any
) -> None:
    """After saving and after changing; names that are somebody's, addresses and signs alone are
    nothing to remark on."""
    add_staff(app, "sam", *COMMENT, VIEW_ALL)
    fine = "@Sam. and @sam, see ada@nowhere.example, https://x.example/@nobody and @ home"
    answer = write(staff_client, contact, fine)
    assert "Nobody here is called" not in words(staff_client.get(answer.location).text)
    answer = write(staff_client, contact, "@nobody... @sam @nobody <@b'x>")
    said = words(staff_client.get(answer.location).text)
    assert said.count("Nobody here is called @nobody.") == 1
    assert "Nobody here is called @b." in said
    html = staff_client.get(show(contact)).text
    found = re.search(r'href="([^"]*/comment/[^"]*)"[^>]*><i class="fa fa-pencil"', html)
    assert found is not None
    answer = post(staff_client, unescape(found[1]), body="@somebody")
    assert "Nobody here is called @somebody." in words(staff_client.get(answer.location).text)


def test_a_deleted_authors_id_inherits_nothing(app: Flask, contact: Any, session: Session) -> None:
    """SQLite gives the id to the next user, who is not the author."""
    pk = add_staff(app, "sam", *COMMENT, VIEW_ALL)
    write(browser_of(app, "sam"), contact, "Mine")
    with app.app_context():
        sm = app.appbuilder.sm  # type: ignore[attr-defined]
        sm.session.delete(sm.get_user_by_id(pk))
        sm.session.commit()
    comment = session.scalars(select(Comment)).one()
    assert (comment.author_id, comment.author_name) == (None, "Sam Staff")


def test_a_comment_belongs_to_its_contact(
    staff_client: FlaskClient, contact: Any, make_contact: Make, session: Session
) -> None:
    """Under another contact's address it is not there, and stays where it is."""
    other = make_contact(contact.customer_id)
    write(staff_client, contact, "First")
    comment = session.scalars(select(Comment)).one()
    url = f"{URL}/comment/{other.id}/{comment.id}"
    for answer in (
        staff_client.get(url),
        post(staff_client, url, body="Theirs"),
        staff_client.get(f"{url}/delete"),
        post(staff_client, f"{url}/delete"),
    ):
        assert answer.location == f"{show(other)}#tab-activity"
    session.expire_all()
    assert session.scalars(select(Comment)).one().body == "First"


def test_back_to_a_comment_that_is_gone(
    staff_client: FlaskClient, contact: Any, session: Session
) -> None:
    """Whoever goes back in the browser after the deletion, or clicks twice, comes to the activity
    that the comment was in, and is told."""
    for page, origin in ways(contact):
        write(staff_client, contact, "First", origin)
        comment = session.scalars(select(Comment)).one()
        session.commit()
        url = f"{URL}/comment/{contact.id}/{comment.id}"
        post(staff_client, f"{url}/delete?origin={origin}")
        assert "The comment was deleted." in words(staff_client.get(page).text)
        for ask, place in (
            (staff_client.get, f"{url}/delete?origin={origin}"),
            (partial(post, staff_client), f"{url}/delete?origin={origin}"),
            (staff_client.get, f"{url}?origin={origin}"),
        ):
            assert ask(place).location.split("#")[0] == page
            assert "This comment is not there any more." in words(staff_client.get(page).text)


def test_the_feed_is_narrowed_by_kind(staff_client: FlaskClient, contact: Any) -> None:
    """Changes, sign-ins, mail and comments each alone; an unknown kind is not there."""
    write(staff_client, contact, "Something")
    for page, _origin in ways(contact)[::2]:
        everything = feed(staff_client, page)
        only = feed(staff_client, f"{page}?kind=comments")
        assert len(only) == 1
        assert "Something" in only[0]
        changes = feed(staff_client, f"{page}?kind=changes")
        assert changes
        assert "Something" not in " ".join(changes)
        assert len(changes) < len(everything)
        assert feed(staff_client, f"{page}?kind=sign_ins") == []
        assert staff_client.get(f"{page}?kind=other").status_code == 404


def test_pages_keep_the_kind(staff_client: FlaskClient, contact: Any, session: Session) -> None:
    """Older comments come a page at a time, newest first, each once."""
    for number in range(45):
        session.add(row := Activity(contact_id=contact.id, verb="commented", actor_kind="staff",
                                    actor_name="Ada Min", changes={}))  # fmt: skip
        session.flush()
        session.add(Comment(contact_id=contact.id, activity_id=row.id, author_name="Ada Min",
                            body=f"Number {number}."))  # fmt: skip
    session.commit()
    seen: list[str] = []
    url: str | None = f"{show(contact)}?kind=comments"
    while url is not None:
        seen += feed(staff_client, url)
        html = staff_client.get(url).text
        found = re.search(r'<a href="([^"]*)" rel="next">', html)
        url = unescape(found[1]).split("#")[0] if found else None
    numbers = [re.search(r"Number (\d+)\.", entry)[1] for entry in seen]  # type: ignore[index]
    assert numbers == [str(number) for number in reversed(range(45))]


def test_one_statement_for_all_comments(
    staff_client: FlaskClient, contact: Any, session: Session, statements: Any
) -> None:
    """Twenty comments on a page cost no more than two."""
    url, counts = f"{show(contact)}?kind=comments", []
    for wanted in (2, 18):
        for _number in range(wanted):
            write(staff_client, contact, "Again")
        staff_client.get(url)
        with statements() as seen:
            staff_client.get(url)
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_only_who_may_see_the_contact(
    app: Flask, staff_client: FlaskClient, contact: Any, session: Session
) -> None:
    """Others are not mailed, and the author is told so."""
    add_staff(app, "sam", ("can_comment", "Customer contacts"))
    add_staff(app, "una", *COMMENT)
    answer = write(staff_client, contact, "@sam @una")
    page = words(staff_client.get(answer.location).text)
    assert "Not told" in page
    assert "Sam Staff, Una Staff" in page
    assert session.scalars(select(Mail).where(Mail.template == "comment_mention")).all() == []


class TestMentions:
    """``@name`` in a comment."""

    def test_mentioned_staff_are_mailed(
        self, app: Flask, staff_client: FlaskClient, contact: Any, session: Session,
        drain: Callable[[], None], smtp: RecordingSmtp,
    ) -> None:  # fmt: skip
        """Once, with the words and a link to the contact; the author is not, and an unknown
        name is only text."""
        add_staff(app, "sam", *COMMENT, VIEW_ALL)
        answer = write(staff_client, contact, "@SAM. look, @admin @nobody @sam <b>now</b>")
        page = words(staff_client.get(answer.location).text)
        assert "On its way to Sam Staff: a mail about it." in page
        drain()
        [mail] = smtp.to("sam@example.com")
        html = mail.get_body(("html",)).get_content()
        assert f"http://localhost{show(contact)}" in html
        assert "&lt;b&gt;now&lt;/b&gt;" in html
        assert "Ada Min mentioned you: Mara Lind" in mail["Subject"]
        assert not smtp.to("admin@example.com")
        marked = staff_client.get(show(contact)).text
        names = re.findall(r'contacts-mention">(.*?)<', marked)
        assert {name.lower() for name in names} == {"@sam", "@admin"}

    def test_the_link_under_a_path(
        self, app: Flask, staff_client: FlaskClient, contact: Any,
        drain: Callable[[], None], smtp: RecordingSmtp,
    ) -> None:  # fmt: skip
        """Where a proxy serves the application under a path, the link has it once."""
        add_staff(app, "sam", *COMMENT, VIEW_ALL)
        app.config["CONTACTS_BASE_URL"] = "http://localhost/crm"
        url = f"{URL}/comment/{contact.id}?origin=show"
        form = {"body": "@sam look", "csrf_token": csrf_token(staff_client, show(contact))}
        answer = staff_client.post(url, data=form, base_url="http://localhost/crm")
        assert answer.status_code == 302, answer.text
        drain()
        [mail] = smtp.to("sam@example.com")
        assert f"http://localhost/crm{show(contact)}" in links_in(mail)

    @pytest.mark.bundled_only(reason="the bundled view carries CustomerAdminFilter")
    def test_customer_admins_are_told(
        self, app: Flask, staff_client: FlaskClient, contact: Any, session: Session
    ) -> None:
        """Who looks after the customer sees the contact, and is told."""
        una = add_staff(app, "una", *COMMENT)
        session.add(CustomerAdmin(customer_id=contact.customer_id, staff_id=una))
        session.commit()
        write(staff_client, contact, "@una")
        mails = session.scalars(select(Mail).where(Mail.template == "comment_mention")).all()
        assert [mail.recipient for mail in mails] == ["una@example.com"]

    def test_editing_tells_the_new_ones_only(
        self, app: Flask, staff_client: FlaskClient, contact: Any, session: Session
    ) -> None:
        """Who was named before is not mailed again."""
        add_staff(app, "sam", *COMMENT, VIEW_ALL)
        add_staff(app, "una", *COMMENT, VIEW_ALL)
        write(staff_client, contact, "@sam")
        comment = session.scalars(select(Comment)).one()
        post(staff_client, f"{URL}/comment/{contact.id}/{comment.id}", body="@sam and @una")
        mails = session.scalars(select(Mail).where(Mail.template == "comment_mention")).all()
        assert sorted(m.recipient for m in mails) == ["sam@example.com", "una@example.com"]

    def test_too_many_names(self, app: Flask, staff_client: FlaskClient, contact: Any) -> None:
        """More than 20 colleagues are not named at once, and the text is kept."""
        with app.app_context():
            sm = app.appbuilder.sm  # type: ignore[attr-defined]
            role = sm.add_role("Many")
            for number in range(21):
                name = f"m{number}"
                sm.add_user(name, name, "Staff", f"{name}@example.com", role, name)
        answer = write(staff_client, contact, " ".join(f"@m{number}" for number in range(21)))
        assert answer.status_code == 422
        assert "Mention at most 20 people." in words(answer.text)
        assert "@m20" in answer.text

    def test_looking_up_a_name(self, app: Flask, staff_client: FlaskClient) -> None:
        """By user name, first or last name; needs the permission; wildcards are text."""
        add_staff(app, "sam", *COMMENT)
        people = staff_client.get(f"{URL}/people?q=sa").json["people"]
        assert people == [{"username": "sam", "name": "Sam Staff"}]
        assert staff_client.get(f"{URL}/people?q=STAFF").json["people"] == people
        for nothing in ("", "%", "_", "zzz", "x" * 500):
            assert staff_client.get(f"{URL}/people", query_string={"q": nothing}).json == {
                "people": []
            }
        add_staff(app, "una", ("can_show", "Customer contacts"))
        assert browser_of(app, "una").get(f"{URL}/people?q=sa").status_code != 200

    def test_letters_outside_ascii(
        self, app: Flask, staff_client: FlaskClient, contact: Any, session: Session
    ) -> None:
        """``@Élise`` is she however it is typed, and the look-up offers her."""
        with app.app_context():
            sm = app.appbuilder.sm  # type: ignore[attr-defined]
            role = sm.add_role("Named")
            sm.add_user("Élise", "Lise", "Roy", "elise@example.com", role, "x")
        for way in ("Élise", "élise", "ÉLISE"):
            answer = write(staff_client, contact, f"Ask @{way}!")
            assert "Nobody here is called" not in words(staff_client.get(answer.location).text)
            query = {"q": way[:3]}
            found = staff_client.get(f"{URL}/people", query_string=query).json
            assert found == {"people": [{"username": "Élise", "name": "Lise Roy"}]}, way
        session.expire_all()
        assert [one.mentions for one in session.scalars(select(Comment))] == [["Élise"]] * 3


def test_hidden_contacts_are_not_there(
    app: Flask, make_customer: Make, make_contact: Make, session: Session
) -> None:
    """Staff who do not see the customer can neither read nor write on its contact (S7)."""
    hidden = make_contact(
        make_customer(company="Hidden", **({"region": "South"} if LIMITS_STAFF else {}))
    )
    add_staff(app, "sam", *COMMENT)
    client = browser_of(app, "sam")
    assert client.get(f"{URL}/comment/{hidden.id}").status_code == 404
    assert write(client, hidden, "Something").status_code == 404
    assert session.scalars(select(Comment)).all() == []


def test_forgetting_the_person_forgets_them(
    app: Flask, staff_client: FlaskClient, contact: Any, session: Session
) -> None:
    """Anonymising deletes comments and what was mailed of them; none is written afterwards."""
    add_staff(app, "sam", *COMMENT, VIEW_ALL)
    write(staff_client, contact, "@sam she is ill")
    with app.app_context():
        archive_contact(session, contact.customer_id, contact.id)
        anonymise_contact(session, contact.customer_id, contact.id)
    session.expire_all()
    assert session.scalars(select(Comment)).all() == []
    mail = session.scalars(select(Mail).where(Mail.template == "comment_mention")).one()
    assert (mail.message, mail.recipient, mail.subject) == (None, "", "")
    assert "she is ill" not in staff_client.get(show(contact)).text
    assert "comment-body" not in staff_client.get(show(contact)).text
    assert write(staff_client, contact, "More").status_code == 422


def test_the_person_never_gets_them(
    app: Flask, staff_client: FlaskClient, make_customer: Make, contact_client: Make
) -> None:
    """Neither the portal nor the download of own data holds a comment or that there is one."""
    browser = contact_client(make_customer())
    write(staff_client, browser.contact, "Never show this")
    from tests.staff_people import token_of

    page = browser.get("/portal/account/data").text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token is not None
    download = browser.post("/portal/account/data", data={"csrf_token": token[1]}).text
    assert token_of(staff_client)
    assert '"activity"' in download
    assert "Never show this" not in download
    assert "commented" not in download


def test_verbs_have_words() -> None:
    """The words of the feed know what the service writes."""
    from flask_contacts.admin.contacts.activity_words import VERBS, VERBS_OF_KIND

    assert set(comments.VERBS) == set(VERBS_OF_KIND["comments"])
    assert {verb for verbs in VERBS_OF_KIND.values() for verb in verbs} <= set(VERBS)
