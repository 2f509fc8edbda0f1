"""The skeleton of Flask-AppBuilder: everything at import, a db with metadata of its own."""

import logging

from flask import Flask
from flask_appbuilder import AppBuilder
from flask_appbuilder.models.sqla.base import SQLA
from flask_mail import Mail

from flask_contacts import Contacts

logging.basicConfig(format="%(asctime)s:%(levelname)s:%(name)s:%(message)s")
logging.getLogger().setLevel(logging.WARNING)

app = Flask(__name__)
app.config.from_object("config")
db = SQLA(app)
with app.app_context():
    appbuilder = AppBuilder(app, db.session)
    from . import views  # noqa: F401

    Mail(app)
    Contacts().init_app(app, appbuilder)
