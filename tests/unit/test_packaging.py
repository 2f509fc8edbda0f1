"""The wheel holds what a host needs, and works without this repository beside it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
from importlib.metadata import version
from pathlib import Path
from zipfile import ZipFile

import pytest

from scripts.translations import LANGUAGES

ROOT = Path(__file__).resolve().parents[2]
# Runs in the clean environment, outside the checkout.
_PROBE = '''
"""Start a host from the wheel; print where things come from and what was compiled."""
import json
from importlib.resources import files
from pathlib import Path

from flask import Flask
from flask_appbuilder import AppBuilder, Model
from flask_appbuilder.models.sqla.base import SQLA
from flask_babel import force_locale, gettext
from flask_mail import Mail

import flask_contacts
from flask_contacts import Contacts

app = Flask(__name__)
app.config.update(
    SECRET_KEY="probe", SQLALCHEMY_DATABASE_URI="sqlite://", TESTING=True,
    LANGUAGES={"en": {"flag": "gb", "name": "English"},
               "pt_BR": {"flag": "br", "name": "Brasil"}},
    CONTACTS_BASE_URL="http://localhost", CONTACTS_MAIL_DELIVERY="manual",
    MAIL_DEFAULT_SENDER="probe@example.com",
)
db = SQLA(metadata=Model.metadata)
db.init_app(app)
Mail(app)
with app.app_context():
    Contacts().init_app(app, AppBuilder(app, db.session))
    Model.metadata.create_all(db.engine)
    templates = Path(str(files("flask_contacts.templates")))
    names = sorted(p.relative_to(templates).as_posix()
                   for p in templates.rglob("*") if p.suffix in {".html", ".txt"})
    origins = {name: app.jinja_env.get_template(name).filename for name in names}
    catalogs = sorted(p.parent.parent.name
                      for p in Path(str(files("flask_contacts.translations"))).rglob("*.mo"))
    with force_locale("pt_BR"):
        word = gettext("New Contact")
page = app.test_client().get(app.config["CONTACTS_PORTAL_PREFIX"] + "/sign-in")
static = [r.rule for r in app.url_map.iter_rules() if r.endpoint == "contacts_assets.static"]
print(json.dumps({
    "package": flask_contacts.__file__, "templates": origins, "catalogs": catalogs,
    "word": word, "sign_in": page.status_code, "static": static,
}))
'''


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the tree so that nothing of the build stays behind."""
    directory = tmp_path_factory.mktemp("wheel")
    source = directory / "source"
    ignored = shutil.ignore_patterns(".*", "*.egg-info", "__pycache__", "build", "instance")
    shutil.copytree(ROOT, source, ignore=ignored)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    if int(version("setuptools").split(".")[0]) >= 77:  # as the extra "test" wants it
        command.append("--no-build-isolation")
    subprocess.run([*command, "--wheel-dir", directory, source], check=True, cwd=directory)
    (built,) = directory.glob("flask_contacts-*.whl")
    return built


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    """The names of all files in the wheel."""
    with ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def probe(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What a host sees in a new environment that has the wheel and its dependencies.

    The dependencies are those of this environment, lent by a path file; path files in
    there are not followed, so an editable install of the checkout is out of sight.
    """
    directory = tmp_path_factory.mktemp("clean")
    environment = directory / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    python = environment / "bin" / "python"
    command = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet"]
    options = ["--no-deps", "--no-index", "--disable-pip-version-check"]
    subprocess.run([*command, *options, wheel], check=True, cwd=directory)
    (packages,) = environment.glob("lib/python*/site-packages")
    (packages / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    script = directory / "probe.py"
    script.write_text(_PROBE, encoding="utf-8")
    result = subprocess.run(
        [python, script], check=False, capture_output=True, text=True, cwd=directory
    )
    assert result.returncode == 0, result.stderr
    found: dict[str, object] = json.loads(result.stdout.splitlines()[-1])
    found["environment"] = str(environment)
    return found


def expected(folder: str, package: str, suffixes: set[str]) -> set[str]:
    """The wheel's names for the files of a folder of the tree."""
    base = ROOT / folder
    return {
        f"{package}/{path.relative_to(base).as_posix()}"
        for path in base.rglob("*")
        if path.is_file() and (path.suffix in suffixes or path.name == "py.typed")
    }


def test_every_module_is_shipped(names: set[str]) -> None:
    """All Python modules of the package and its type marker are in the wheel."""
    wanted = expected("flask_contacts", "flask_contacts", {".py"})
    assert wanted - names == set()
    assert "flask_contacts/py.typed" in names


def test_every_template_is_shipped(names: set[str]) -> None:
    """All templates are in the wheel, inside the package."""
    wanted = expected("templates", "flask_contacts/templates", {".html", ".txt", ".xml"})
    assert wanted
    assert wanted - names == set()


def test_every_translation_is_shipped(names: set[str]) -> None:
    """The template of the catalogs and each catalog, with its source, are in the wheel."""
    wanted = expected("translations", "flask_contacts/translations", {".pot", ".po", ".mo"})
    assert any(name.endswith("pt_BR/LC_MESSAGES/messages.mo") for name in wanted)
    assert wanted - names == set()


def test_every_static_file_is_shipped(names: set[str]) -> None:
    """All scripts, styles and pictures of ours are in the wheel."""
    base = ROOT / "flask_contacts" / "static"
    wanted = {
        f"flask_contacts/static/{path.relative_to(base).as_posix()}"
        for path in base.rglob("*")
        if path.is_file()
    }
    assert wanted
    assert wanted - names == set()


def test_nothing_else_is_shipped(names: set[str]) -> None:
    """Tests, the example and the tooling stay in the repository."""
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.startswith("flask_contacts")} == set()
    assert not any("__pycache__" in name for name in names)


def test_wheel_is_used_alone(probe: dict[str, object]) -> None:
    """The probe below saw the wheel and not the checkout: the other tests prove something."""
    environment = str(probe["environment"])
    assert str(probe["package"]).startswith(environment)
    templates = probe["templates"]
    assert isinstance(templates, dict)
    assert all(str(path).startswith(environment) for path in templates.values())


def test_wheel_compiles_every_template(probe: dict[str, object]) -> None:
    """Each template of the tree compiles in a host that has only the wheel."""
    base = ROOT / "templates"
    wanted = {
        path.relative_to(base).as_posix()
        for path in base.rglob("*")
        if path.suffix in {".html", ".txt"}
    }
    templates = probe["templates"]
    assert isinstance(templates, dict)
    assert set(templates) == wanted


def test_wheel_renders_a_page(probe: dict[str, object]) -> None:
    """The portal's sign-in page answers, with static files at a path of ours."""
    assert probe["sign_in"] == 200
    assert probe["static"]


def test_wheel_translates(probe: dict[str, object]) -> None:
    """The catalogs are found through importlib.resources and speak their languages."""
    assert probe["catalogs"] == list(LANGUAGES)
    assert probe["word"] == "Novo contato"
