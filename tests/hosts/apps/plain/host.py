"""A host with nothing special: for other releases of what it stands on."""

import os

from flask import Flask
from flask_appbuilder import AppBuilder, Model
from flask_appbuilder.models.sqla.base import SQLA
from flask_mail import Mail

from flask_contacts import Contacts

db = SQLA(metadata=Model.metadata)
contacts = Contacts()


def create_app():
    """The application."""
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY="kept apart from everything else",
        SQLALCHEMY_DATABASE_URI="sqlite:///" + os.path.abspath("host.db"),
        MAIL_SERVER="127.0.0.1",
        MAIL_PORT=int(os.environ["HOST_MAIL_PORT"]),
        MAIL_DEFAULT_SENDER="host@example.com",
        CONTACTS_BASE_URL="http://localhost",
        CONTACTS_MAIL_DELIVERY="manual",
    )
    db.init_app(app)
    Mail(app)
    with app.app_context():
        contacts.init_app(app, AppBuilder(app, db.session))
    return app
