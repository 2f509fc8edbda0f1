"""CRM → Import contacts: a file, its columns, a dry run, the import, and what became of it.

The work is done in the requests that ask how far it is (``services.importing.steps``): the
page's script sends one after the other, without it a button does.
"""

from __future__ import annotations

import shutil
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any

from flask import Response, abort, flash, jsonify, redirect, request, stream_with_context, url_for
from sqlalchemy import select

from ...errors import InvalidInput
from ...i18n import _
from ...later import later
from ...models import ContactImport
from ...state import current_contacts
from ..current_staff import current_actor
from ..fab import expose
from ..held_permissions import has_access
from ..safe_view import SafeView, require_known_fields

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

    from ...services.importing import file_refused, job, reading, reports, staging, starting, steps
    from ..safe_view import Answer
    from . import form as imports_form, importer, pages as import_pages, report as import_report
else:
    imports_form = later("admin.imports.form")
    importer = later("admin.imports.importer")
    import_pages = later("admin.imports.pages")
    import_report = later("admin.imports.report")
    file_refused = later("services.importing.file_refused")
    job = later("services.importing.job")
    reading = later("services.importing.reading")
    reports = later("services.importing.reports")
    staging = later("services.importing.staging")
    starting = later("services.importing.starting")
    steps = later("services.importing.steps")

_PK = "/<int(max=2147483647):pk>"
#: How long a request works: the script asks again, who has none presses a button.
_SECONDS = 1.5
_SECONDS_WITHOUT_SCRIPT = 15.0
#: A request that is larger than the largest file by more bytes is not read at all.
MARGIN = 4 * 1024 * 1024


class ContactsImportView(SafeView):
    """Files that this staff member has sent, and where each stands."""

    route_base = "/contacts-import"
    class_permission_name = "Contacts import"
    base_permissions = ("can_import",)
    method_permission_name = dict.fromkeys(
        ("imports", "upload", "columns", "choose", "show", "step", "run", "discard", "refused"),
        "import",
    )
    default_view = "imports"

    def create_blueprint(
        self, appbuilder: Any, endpoint: str | None = None, static_folder: str | None = None
    ) -> Any:
        """With a guard before all others: a form is read to find its token."""
        blueprint = super().create_blueprint(appbuilder, endpoint, static_folder)
        blueprint.before_request_funcs.setdefault(None, []).insert(0, _refuse_too_large)
        blueprint.register_error_handler(413, self._too_large)
        return blueprint

    def way_back(self) -> str:
        """Back to the list of imports."""
        return url_for(f"{self.endpoint}.imports")

    @expose("/")
    @has_access
    def imports(self) -> Answer:
        """Choose a file; the former imports."""
        return import_pages.file_page(self, imports_form.FileForm())

    @expose("/", methods=("POST",))
    @has_access
    def upload(self) -> Answer:
        """Read the file and keep its rows; which column is what, is asked next."""
        form, sent = imports_form.FileForm(request.form), request.files.get("file")
        require_known_fields({"encoding", "delimiter"})
        try:
            encoding, delimiter = form.checked()
            if sent is None or not sent.filename:
                raise InvalidInput({"file": [_("Choose a file first.")]})
            with TemporaryFile() as copy:
                shutil.copyfileobj(sent.stream, copy)
                table = reading.read_table(copy, file_refused.IN_BROWSER, encoding, delimiter)
                name, session = sent.filename, current_contacts.session
                import_id = staging.stage(session, table, name, current_actor())
        except InvalidInput as error:
            file_errors = error.errors.pop("file", [])
            form.show_errors(error.errors)
            return import_pages.file_page(self, form, file_errors, 422)
        return redirect(url_for(f"{self.endpoint}.columns", pk=import_id))

    @expose(f"{_PK}/columns")
    @has_access
    def columns(self, pk: int) -> Answer:
        """Which column is which field, and how the rows are imported."""
        found = self._find(pk)
        if found.state not in {"mapping", "checking", "checked"}:
            return redirect(self._url(pk))
        return import_pages.columns_page(self, found, imports_form.columns_form(found))

    @expose(f"{_PK}/columns", methods=("POST",))
    @has_access
    def choose(self, pk: int) -> Answer:
        """Keep that, and begin the dry run."""
        found = self._find(pk)
        form = imports_form.columns_form(found, request.form)
        try:
            chosen, options = imports_form.typed_options(form, found)
            starting.start_check(
                current_contacts.session, pk, chosen, options, importer.current_importer()
            )
        except InvalidInput as error:
            form.show_errors(error.errors)
            return import_pages.columns_page(self, self._find(pk), form, 422)
        return redirect(self._url(pk))

    @expose(_PK)
    @has_access
    def show(self, pk: int) -> Answer:
        """How far it is, and what became of each row."""
        found, outcome, after = (
            self._find(pk),
            request.args.get("outcome") or None,
            import_pages.key_argument("after"),
        )
        if found.state == "mapping":
            return redirect(url_for(f"{self.endpoint}.columns", pk=pk))
        if outcome is not None and outcome not in {*steps.OUTCOMES, reports.COMPANIES}:
            abort(404)
        progress = steps.progress_of(found)
        page = reports.ResultPage([], None)
        if not progress.is_working:
            page = reports.result_rows(current_contacts.session, pk, outcome, after)
        return self.page(
            "import_show",
            title=found.filename,
            found=found,
            progress=progress,
            percent=import_report.percent(progress),
            page=page,
            outcome=outcome,
            outcomes=steps.OUTCOMES,
            badges=import_report.BADGES,
            states=import_report.STATES,
            options=job.Options(**found.options),
            is_first=after is None,
            name_of=import_report.name_reader(found),
            changes_of=import_report.changes_of,
            values_of=import_report.values_reader(found),
            problems_of=import_report.problem_reader(found),
            contact_url=import_report.contact_url,
            endpoint=self.endpoint,
        )

    @expose(f"{_PK}/step", methods=("POST",))
    @has_access
    def step(self, pk: int) -> Answer | AnyResponse:
        """Go on for a while; for the script, how far it is, else the page."""
        require_known_fields(set())
        self._find(pk)
        is_script = request.accept_mimetypes.best == "application/json"
        seconds = _SECONDS if is_script else _SECONDS_WITHOUT_SCRIPT
        progress = steps.advance(current_contacts.session, pk, importer.current_importer(), seconds)
        if is_script:
            return jsonify(import_report.as_json(progress))
        return redirect(self._url(pk))

    @expose(f"{_PK}/run", methods=("POST",))
    @has_access
    def run(self, pk: int) -> Answer:
        """Begin to write what the dry run has shown."""
        require_known_fields(set())
        self._find(pk)
        try:
            starting.start_run(current_contacts.session, pk, importer.current_importer())
        except InvalidInput as error:
            for texts in error.errors.values():
                flash(str(texts[0]), "warning")
        return redirect(self._url(pk))

    @expose(f"{_PK}/discard", methods=("POST",))
    @has_access
    def discard(self, pk: int) -> Answer:
        """Forget the file; contacts that came out of it stay."""
        require_known_fields(set())
        self._find(pk)
        staging.discard(current_contacts.session, pk)
        flash(_("The file is forgotten."), "success")
        return redirect(self.way_back())

    @expose(f"{_PK}/refused.csv")
    @has_access
    def refused(self, pk: int) -> Response:
        """The refused rows, to be mended and imported again."""
        lines = reports.refused_csv(current_contacts.session, self._find(pk))
        response = Response(stream_with_context(lines), content_type="text/csv; charset=utf-8")
        response.headers["Content-Disposition"] = f"attachment; filename=refused-{pk}.csv"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    def _find(self, pk: int) -> ContactImport:
        """The import; 404 where it is not this staff member's to see."""
        query = select(ContactImport).where(ContactImport.id == pk, importer.visible_imports())
        found = current_contacts.session.scalars(query).first()
        if found is None:
            abort(404)
        return found

    def _url(self, pk: int) -> str:
        return url_for(f"{self.endpoint}.show", pk=pk)

    def _too_large(self, _error: Exception) -> Answer:
        text = _(
            "The file is larger than %(size)s MiB. Split it, or import it on the command line.",
            size=file_refused.IN_BROWSER.size // 2**20,
        )
        return self.page(
            "problem", 413, title=_("Nothing was imported"), text=text, back=self.way_back()
        )


def _refuse_too_large() -> None:
    """A file just over the limit is read, so that its page can say so at the field."""
    if (
        request.method == "POST"
        and (request.content_length or 0) > file_refused.IN_BROWSER.size + MARGIN
    ):
        abort(413)
