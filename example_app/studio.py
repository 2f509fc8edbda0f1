"""The studio's application: an ordinary one of Flask-AppBuilder, with the package added."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask
from flask_appbuilder import AppBuilder
from flask_mail import Mail
from flask_wtf import CSRFProtect

from . import formatting, mailbox, newsletter, notices, page_language, reminders, settings, welcome
from .database import db, tune_sqlite
from .extensions import contacts
from .mail_templates import add_mail_templates
from .portal_pages import FOR_TEMPLATES, add_portal_pages
from .related_lists import add_related_lists
from .staff import CUSTOMER_TABS, add_staff_views, arrange_menu

add_portal_pages(contacts)
add_mail_templates(contacts)
add_related_lists(contacts)
for tab in CUSTOMER_TABS:
    contacts.add_customer_tab(tab)


def create_app(config: Mapping[str, object] | None = None) -> Flask:
    """Make the application; ``config`` overrides the demo's settings."""
    app = Flask("example_app")
    directory = settings.instance_directory()
    app.config.from_mapping(settings.demo_settings(directory, settings.served_port(directory)))
    app.config.from_mapping(config or {})
    if not app.config["SECRET_KEY"]:
        app.config["SECRET_KEY"] = settings.secret_key(directory)
    db.init_app(app)
    Mail(app)
    CSRFProtect(app)
    page_language.say_language(app)
    app.jinja_env.globals.update(formatting.FOR_TEMPLATES, **FOR_TEMPLATES)
    reminders.commands.add_command(newsletter.send)
    app.cli.add_command(reminders.commands)
    with app.app_context():
        notices.watch(db.session)
        tune_sqlite(db.engine)
        appbuilder = AppBuilder(app, db.session, indexview=welcome.WelcomeView)
        add_staff_views(appbuilder)
        contacts.init_app(app, appbuilder)
        arrange_menu(appbuilder)
    app.register_blueprint(mailbox.blueprint)
    return app
