"""The configuration that Flask-AppBuilder's skeleton has, and what flask_contacts needs."""

import os

from flask_appbuilder.const import AUTH_DB

basedir = os.path.abspath(os.path.dirname(__file__))

SECRET_KEY = "\2\1thisismyscretkey\1\2\\e\\y\\y\\h"
SQLALCHEMY_DATABASE_URI = "sqlite:///" + os.path.join(basedir, "app.db")
CSRF_ENABLED = True
AUTH_TYPE = AUTH_DB
APP_NAME = "My App Name"
APP_THEME = "cerulean.css"
BABEL_DEFAULT_LOCALE = "en"
BABEL_DEFAULT_FOLDER = "translations"
LANGUAGES = {
    "en": {"flag": "gb", "name": "English"},
    "pt": {"flag": "pt", "name": "Portuguese"},
    "es": {"flag": "es", "name": "Spanish"},
    "de": {"flag": "de", "name": "German"},
}
UPLOAD_FOLDER = basedir + "/app/static/uploads/"
IMG_UPLOAD_FOLDER = basedir + "/app/static/uploads/"
IMG_UPLOAD_URL = "/static/uploads/"

MAIL_SERVER = "127.0.0.1"
MAIL_PORT = int(os.environ["HOST_MAIL_PORT"])
MAIL_DEFAULT_SENDER = "host@example.com"
CONTACTS_BASE_URL = "http://localhost"
CONTACTS_MAIL_DELIVERY = "manual"
