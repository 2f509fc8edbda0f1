"""A host whose staff sign in by OAuth alone."""

import os

from flask import Flask
from flask_appbuilder import AppBuilder, Model
from flask_appbuilder.const import AUTH_OAUTH
from flask_appbuilder.models.sqla.base import SQLA
from flask_mail import Mail

from flask_contacts import Contacts

SIGN_IN = "session"
db = SQLA(metadata=Model.metadata)
contacts = Contacts()


def create_app():
    """The application."""
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY="kept apart from everything else",
        SQLALCHEMY_DATABASE_URI="sqlite:///" + os.path.abspath("host.db"),
        AUTH_TYPE=AUTH_OAUTH,
        OAUTH_PROVIDERS=[
            {
                "name": "google",
                "icon": "fa-google",
                "token_key": "access_token",
                "remote_app": {
                    "client_id": "id",
                    "client_secret": "secret",
                    "api_base_url": "https://provider.example/",
                    "client_kwargs": {"scope": "email profile"},
                    "access_token_url": "https://provider.example/token",
                    "authorize_url": "https://provider.example/authorize",
                },
            }
        ],
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
