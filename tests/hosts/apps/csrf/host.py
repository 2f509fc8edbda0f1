"""A host with Flask-WTF's CSRFProtect on all of it."""

import os

from flask import Flask
from flask_appbuilder import AppBuilder, Model
from flask_appbuilder.models.sqla.base import SQLA
from flask_mail import Mail
from flask_wtf import CSRFProtect

from flask_contacts import Contacts

db = SQLA(metadata=Model.metadata)
csrf = CSRFProtect()
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
        WTF_CSRF_TIME_LIMIT=600,
    )
    csrf.init_app(app)
    db.init_app(app)
    Mail(app)
    with app.app_context():
        contacts.init_app(app, AppBuilder(app, db.session))
    return app
