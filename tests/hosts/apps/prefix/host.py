"""A host that a proxy serves under a path."""

import os

from flask import Flask
from flask_appbuilder import AppBuilder, Model
from flask_appbuilder.models.sqla.base import SQLA
from flask_mail import Mail
from werkzeug.middleware.proxy_fix import ProxyFix

from flask_contacts import Contacts

PREFIX = "/crm"
BASE_URL = "https://example.com"
db = SQLA(metadata=Model.metadata)
contacts = Contacts()


def create_app():
    """The application."""
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY="kept apart from everything else",
        SQLALCHEMY_DATABASE_URI="sqlite:///" + os.path.abspath("host.db"),
        APPLICATION_ROOT=PREFIX,
        SESSION_COOKIE_SECURE=True,
        MAIL_SERVER="127.0.0.1",
        MAIL_PORT=int(os.environ["HOST_MAIL_PORT"]),
        MAIL_DEFAULT_SENDER="host@example.com",
        CONTACTS_BASE_URL=BASE_URL + PREFIX,
        CONTACTS_MAIL_DELIVERY="manual",
    )
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1, x_prefix=1)
    db.init_app(app)
    Mail(app)
    with app.app_context():
        contacts.init_app(app, AppBuilder(app, db.session))
    return app
