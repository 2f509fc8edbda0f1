"""A host that lets Talisman send a strict Content-Security-Policy and force https."""

import os

from flask import Flask
from flask_appbuilder import AppBuilder, Model
from flask_appbuilder.models.sqla.base import SQLA
from flask_mail import Mail
from flask_talisman import Talisman

from flask_contacts import Contacts

BASE_URL = "https://localhost"
STRICT = True
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
        CONTACTS_BASE_URL=BASE_URL,
        CONTACTS_MAIL_DELIVERY="manual",
    )
    Talisman(
        app,
        content_security_policy={
            "default-src": "'self'",
            "base-uri": "'self'",
            "object-src": "'none'",
            "img-src": ["'self'", "data:"],
            "style-src": "'self'",
            "script-src": "'self'",
        },
        content_security_policy_nonce_in=["script-src"],
    )
    db.init_app(app)
    Mail(app)
    with app.app_context():
        contacts.init_app(app, AppBuilder(app, db.session))
    return app
