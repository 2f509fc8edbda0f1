"""The quickstart's views."""

from flask import render_template
from flask_appbuilder import ModelView
from flask_appbuilder.models.sqla.interface import SQLAInterface

from . import app, appbuilder, db
from .models import Contact, ContactGroup


class ContactModelView(ModelView):
    """Contacts of the quickstart."""

    datamodel = SQLAInterface(Contact)
    list_columns = ["name", "contact_group"]


class GroupModelView(ModelView):
    """Their groups."""

    datamodel = SQLAInterface(ContactGroup)
    related_views = [ContactModelView]


@app.errorhandler(404)
def page_not_found(e):
    """The skeleton's page of what is not found."""
    return (
        render_template("404.html", base_template=appbuilder.base_template, appbuilder=appbuilder),
        404,
    )


db.create_all()
appbuilder.add_view(GroupModelView, "List Groups", icon="fa-folder-open-o", category="Contacts")
appbuilder.add_view(ContactModelView, "List Contacts", icon="fa-envelope", category="Contacts")
