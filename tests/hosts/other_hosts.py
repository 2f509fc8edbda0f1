"""The wheel, installed into applications that are not ours: ``make hosts``.

Not part of ``make test``: environments are built, which takes minutes. Each host of ``apps/`` gets
an environment with its own packages; those that need nothing special of the common ones are lent
them by an environment that was built afresh with the wheel and what the wheel asks for.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from scripts import dist, matrix
from tests.celery_drainer import redis_at

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
PLACE = ROOT / "build" / "hosts"
#: On top of Flask-AppBuilder, on a quiet computer; a busy one may take longer.
IMPORT_MS, TOLERATED_MS = 150, 350


@dataclass(frozen=True)
class Host:
    """A host: its folder in ``apps/``, and what its environment has besides the wheel."""

    name: str
    app: str
    packages: tuple[str, ...] = ()
    lent: bool = True
    python: str | None = None


HOSTS = (
    Host("skeleton", "skeleton", lent=False),
    Host("talisman", "talisman", ("flask-talisman>=1.1",)),
    Host("csrf", "csrf"),
    Host("redis_sessions", "redis_sessions", ("Flask-Session>=0.8", "redis>=5")),
    Host("prefix", "prefix"),
    Host("oauth", "oauth", ("Authlib>=1.3", "requests")),
    Host("migrate", "migrate", ("Flask-Migrate>=4",)),
    Host("sqlalchemy_2_0_44", "plain", ("SQLAlchemy==2.0.44",), lent=False),
    Host("appbuilder_5_2", "plain", ("Flask-AppBuilder==5.2.*",), lent=False),
    Host("other_python", "plain", lent=False, python="other"),
)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this tree."""
    return dist.build(ROOT, tmp_path_factory.mktemp("dist"), dist.source_date(ROOT))[1]


@pytest.fixture(scope="session")
def common(wheel: Path) -> Path:
    """The environment that lends its packages; built anew when their list changes."""
    return environment(wheel, HOSTS[0], sys.executable)


def environment(wheel: Path, host: Host, python: str, lender: Path | None = None) -> Path:
    """An environment with the wheel and what the host needs; gives its Python.

    One with everything of its own is kept until what the wheel asks for, or the list, changes.
    """
    metadata = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    asked = re.findall(r"^(?:dependencies|testing) = \[.*?\]$", metadata, re.MULTILINE | re.DOTALL)
    wanted = repr((asked, host, python))
    key = hashlib.sha256(wanted.encode()).hexdigest()
    place = PLACE / host.name
    mark, own = place / "key", place / "bin" / "python"
    is_kept = lender is None and mark.exists() and mark.read_text(encoding="utf-8") == key
    if not is_kept:
        shutil.rmtree(place, ignore_errors=True)
        command = [python, "-m", "venv", *(["--without-pip"] if lender else []), str(place)]
        subprocess.run(command, check=True)
        if lender is not None:
            lend(lender, place)
        install(own, f"flask-contacts[testing] @ {wheel.as_uri()}", *host.packages)
        mark.write_text(key, encoding="utf-8")
    install(own, "--force-reinstall", "--no-deps", str(wheel))
    return own


def lend(lender: Path, place: Path) -> None:
    """Let an environment see the packages of another, behind its own."""
    (theirs,) = lender.parent.parent.glob("lib/python*/site-packages")
    (ours,) = place.glob("lib/python*/site-packages")
    (ours / "lent.pth").write_text(f"{theirs}\n", encoding="utf-8")


def install(python: Path, *what: str) -> None:
    """By pip, as it is configured on this computer."""
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    done = subprocess.run(
        [*command, "--disable-pip-version-check", *what],
        check=False, capture_output=True, text=True, cwd=PLACE,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def other_python() -> str:
    """Another Python than this one, the newest that is here and that the package supports."""
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    for version in ("3.13", "3.12", "3.11", "3.10"):
        found = matrix.find_python(version) if version != here else None
        if found is not None:
            return found
    pytest.skip("there is no other Python on this computer")


def run(python: Path, directory: Path, *arguments: str, **more: str) -> str:
    """Run something of the host's in its directory; what it printed."""
    cleared = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [str(python), *arguments],
        cwd=directory, env={**cleared, **more}, check=False, capture_output=True, text=True,
        timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.parametrize("host", HOSTS, ids=lambda host: host.name)
def test_host(host: Host, wheel: Path, common: Path, tmp_path: Path) -> None:
    """Staff make a contact, who sets the password by the mailed link and uses the portal; all
    pages answer, and nothing of the host's was changed."""
    began = time.monotonic()
    python = other_python() if host.python else sys.executable
    own = environment(wheel, host, python, common if host.lent else None)
    built = time.monotonic()
    directory = tmp_path / host.name
    shutil.copytree(HERE / "apps" / host.app, directory)
    shutil.copyfile(HERE / "story.py", tmp_path / "story.py")
    if host.app == "redis_sessions":
        socket = Path(tmp_path, "redis")
        with redis_at(socket):
            said = run(own, directory, str(tmp_path / "story.py"), HOST_REDIS=f"unix://{socket}")
    else:
        said = run(own, directory, str(tmp_path / "story.py"))
    assert said.splitlines()[-1] == "played"
    played = time.monotonic()
    print(f"\n{host.name}: built in {built - began:.0f} s, played in {played - built:.0f} s")
    print(said.replace("\nplayed\n", ""))


_IMPORTS = """
import flask, flask_mail, flask_appbuilder, flask_appbuilder.api, flask_appbuilder.charts.views
from flask_appbuilder import AppBuilder, Model, ModelView
from flask_appbuilder.models.sqla.base import SQLA
from flask_appbuilder.models.sqla.interface import SQLAInterface
import flask_appbuilder.security.sqla.manager, flask_appbuilder.cli
import sys, time
print("import time: MARK", file=sys.stderr)
began = time.process_time()
import flask_contacts
from flask_contacts import admin, cli, portal
from flask_contacts.mail import worker
from flask_contacts.models import foreign_keys
print(began * 1000, (time.process_time() - began) * 1000)
"""


def test_what_the_import_costs(common: Path, tmp_path: Path) -> None:
    """What init_app imports costs little on top of Flask-AppBuilder: the processor's time, which
    other programs of the computer do not lengthen much; ``-X importtime`` says where it goes."""
    runs = [run(common, tmp_path, "-c", _IMPORTS).split() for _turn in range(5)]
    theirs, ours = (min(float(one[place]) for one in runs) for place in (0, 1))
    print(f"\n{ours:.0f} ms (wanted: {IMPORT_MS}) on top of Flask-AppBuilder's {theirs:.0f}")
    done = subprocess.run(
        [str(common), "-X", "importtime", "-c", _IMPORTS],
        check=True, capture_output=True, text=True, cwd=tmp_path,
    )  # fmt: skip
    groups: dict[str, int] = {}
    lines = re.findall(r"import time: +(\d+) \| +\d+ \| +(\S+)", done.stderr.partition("MARK")[2])
    for micros, name in lines:
        top = ".".join(name.split(".")[: 2 if name.startswith("flask_contacts.") else 1])
        groups[top] = groups.get(top, 0) + int(micros)
    dearest = sorted(groups.items(), key=lambda one: -one[1])[:12]
    total = sum(groups.values())
    print(", ".join(f"{name} {100 * micros / total:.0f} %" for name, micros in dearest))
    assert ours < TOLERATED_MS
