"""A host that has migrations of its own: Alembic sees our tables as it sees the host's."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from flask import Flask
from flask_appbuilder import Model
from sqlalchemy import Engine, inspect, select
from sqlalchemy.orm import Session

from flask_contacts.models import Contact, Customer
from flask_contacts.models.schema import own_tables

#: What docs/howto/tables.md tells a host on MariaDB to add to its env.py.
HOOK = next(
    block
    for block in re.findall(
        r"```python\n(.*?)```",
        (Path(__file__).parents[2] / "docs/howto/tables.md").read_text(encoding="utf-8"),
        re.DOTALL,
    )
    if "def leave_indexes_to_their_tables" in block
)
ENVIRONMENT = (
    '''
"""The host's env.py, as flask db init writes it in short."""
from alembic import context
from flask import current_app
'''
    + HOOK
    + '''

db = current_app.extensions["sqlalchemy"]

def include(thing, name, kind, *rest):
    """No models of other hosts that the tests of this process have imported."""
    return kind != "table" or name.startswith(("ab_", "contacts_", "host_"))

with db.engine.connect() as connection:
    context.configure(
        connection=connection, target_metadata=db.metadata, render_as_batch=True,
        compare_type=True, compare_server_default=True, include_object=include,
        process_revision_directives=leave_indexes_to_their_tables,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
'''
)
TEMPLATE = '''
"""${message}"""
from alembic import op
import sqlalchemy as sa
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}

def upgrade():
    ${upgrades if upgrades else "pass"}

def downgrade():
    ${downgrades if downgrades else "pass"}
'''
COLUMN = f'''
"""A column of the host's own on the customers."""
from alembic import op
import sqlalchemy as sa

revision = "2"
down_revision = "1"

def upgrade():
    with op.batch_alter_table("{Customer.__tablename__}") as batch:
        batch.add_column(sa.Column("rating", sa.Integer))
        batch.create_check_constraint("ck_rating", "rating > 0")

def downgrade():
    with op.batch_alter_table("{Customer.__tablename__}") as batch:
        batch.drop_constraint("ck_rating", type_="check")
        batch.drop_column("rating")
'''


@pytest.fixture
def app(separate_host: Flask) -> Flask:
    """A host whose tables come and go."""
    return separate_host


@pytest.fixture
def config(app: Flask, tmp_path: Path) -> Config:
    """The host's migrations: a folder without revisions."""
    (tmp_path / "versions").mkdir()
    (tmp_path / "env.py").write_text(ENVIRONMENT, encoding="utf-8")
    (tmp_path / "script.py.mako").write_text(TEMPLATE, encoding="utf-8")
    config = Config()
    config.set_main_option("script_location", str(tmp_path))
    config.set_main_option("path_separator", "os")
    return config


def test_a_host_with_our_tables_has_nothing_to_migrate(app: Flask, config: Config) -> None:
    """Autogenerate finds no difference on a database that has FAB's, the host's and our tables."""
    with app.app_context():
        command.stamp(config, "head")
        command.check(config)


def test_a_hosts_migrations_make_and_keep_our_tables(
    app: Flask,
    config: Config,
    engine: Engine,
    session: Session,
    make_customer: Callable[..., Any],
    make_contact: Callable[..., Any],
    tmp_path: Path,
) -> None:
    """The first revision is generated and makes our tables; a later one rebuilds the customers'
    table, up and down, and every contact is still there; nothing is left to do."""
    Model.metadata.drop_all(engine)
    with app.app_context():
        command.revision(config, "all", autogenerate=True, rev_id="1")
        command.upgrade(config, "head")
        command.check(config)
    customer = make_customer()
    contact = make_contact(customer, permissions=["invoices"])
    key, pk = customer.id, contact.id
    session.commit()
    (tmp_path / "versions" / "2_rating.py").write_text(COLUMN, encoding="utf-8")
    for step, columns in (("+1", 1), ("-1", 0), ("+1", 1), ("-1", 0)):
        with app.app_context():
            (command.upgrade if step == "+1" else command.downgrade)(config, step)
        names = [column["name"] for column in inspect(engine).get_columns(Customer.__tablename__)]
        assert names.count("rating") == columns
        session.expire_all()
        found = session.scalars(select(Contact)).one()
        assert (found.id, found.customer_id, found.primary_of) == (pk, key, key)
        assert found.permission_names == {"invoices"}
        session.rollback()
    with app.app_context():
        (tmp_path / "versions" / "2_rating.py").unlink()
        command.check(config)


def test_a_downgrade_takes_our_tables_and_nothing_else_of_the_hosts_making(
    app: Flask, config: Config, engine: Engine
) -> None:
    """The generated downgrade drops what its upgrade made, in an order that works, and the
    upgrade makes it anew."""
    ours = {table.name for table in own_tables()}
    Model.metadata.drop_all(engine)
    with app.app_context():
        command.revision(config, "all", autogenerate=True, rev_id="1")
        for _ in range(2):
            command.upgrade(config, "head")
            assert ours <= set(inspect(engine).get_table_names())
            command.downgrade(config, "base")
            assert set(inspect(engine).get_table_names()) == {"alembic_version"}
