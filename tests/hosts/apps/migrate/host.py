"""A host whose tables come from Flask-Migrate, its own and those of the packages."""

import os

from flask import Flask
from flask_appbuilder import AppBuilder, Model
from flask_appbuilder.models.sqla.base import SQLA
from flask_mail import Mail
from flask_migrate import Migrate
from sqlalchemy import Column, ForeignKey, Integer, String

from flask_contacts import Contacts

TABLES = "migrations"
db = SQLA(metadata=Model.metadata)
contacts = Contacts()


class Visit(Model):
    """A table of the host's that refers to the package's customers."""

    __tablename__ = "visit"
    id = Column(Integer, primary_key=True)
    purpose = Column(String(50))
    customer_id = Column(ForeignKey("contacts_customer.id"))


def create_app():
    """The application."""
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY="kept apart from everything else",
        SQLALCHEMY_DATABASE_URI="sqlite:///" + os.path.abspath("host.db"),
        FAB_CREATE_DB=os.environ.get("FLASK_FAB_CREATE_DB") != "false",
        MAIL_SERVER="127.0.0.1",
        MAIL_PORT=int(os.environ["HOST_MAIL_PORT"]),
        MAIL_DEFAULT_SENDER="host@example.com",
        CONTACTS_BASE_URL="http://localhost",
        CONTACTS_MAIL_DELIVERY="manual",
    )
    db.init_app(app)
    Migrate(app, db, compare_type=True, compare_server_default=True)
    Mail(app)
    with app.app_context():
        contacts.init_app(app, AppBuilder(app, db.session))
    return app
