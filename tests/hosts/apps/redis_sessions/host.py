"""A host whose sessions stand in Redis (Flask-Session)."""

import os

import redis
from flask import Flask
from flask_appbuilder import AppBuilder, Model
from flask_appbuilder.models.sqla.base import SQLA
from flask_mail import Mail
from flask_session import Session

from flask_contacts import Contacts

db = SQLA(metadata=Model.metadata)
contacts = Contacts()


def create_app():
    """The application."""
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY="kept apart from everything else",
        SQLALCHEMY_DATABASE_URI="sqlite:///" + os.path.abspath("host.db"),
        SESSION_TYPE="redis",
        SESSION_REDIS=redis.Redis.from_url(os.environ["HOST_REDIS"]),
        SESSION_COOKIE_NAME="desk",
        MAIL_SERVER="127.0.0.1",
        MAIL_PORT=int(os.environ["HOST_MAIL_PORT"]),
        MAIL_DEFAULT_SENDER="host@example.com",
        CONTACTS_BASE_URL="http://localhost",
        CONTACTS_MAIL_DELIVERY="manual",
        CONTACTS_RATE_LIMIT_STORAGE=os.environ["HOST_REDIS"].replace("unix://", "redis+unix://"),
    )
    Session(app)
    db.init_app(app)
    Mail(app)
    with app.app_context():
        contacts.init_app(app, AppBuilder(app, db.session))
    return app
