"""What the admin takes from Flask-AppBuilder, its private names included.

Everything private stands here with the reason, so that a new release of FAB breaks one
module and one test. FAB is not typed: mypy sees stand-ins.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from flask import g
from flask_login import current_user
from sqlalchemy import inspect

from ..state import current_contacts

F = TypeVar("F", bound=Callable[..., Any])

if TYPE_CHECKING:

    class BaseView:
        """Stand-in for ``flask_appbuilder.BaseView``."""

        appbuilder: Any
        blueprint: Any
        class_permission_name: str
        endpoint: str

        def create_blueprint(
            self, appbuilder: Any, endpoint: str | None = None, static_folder: str | None = None
        ) -> Any: ...

        def render_template(self, template: str, **context: Any) -> str: ...

        def update_redirect(self) -> None: ...

    class ModelView(BaseView):
        """Stand-in for ``flask_appbuilder.ModelView``."""

        datamodel: Any
        order_columns: Any
        page_size: int

        def _get_list_widget(self, **options: Any) -> dict[str, Any]: ...

        def _get_view_widget(self, **options: Any) -> Any: ...

    class BaseFilter:
        """Stand-in for ``flask_appbuilder.models.filters.BaseFilter``."""

        column_name: str
        model: Any

    class SQLAInterface:
        """Stand-in for ``flask_appbuilder.models.sqla.interface.SQLAInterface``."""

        def __init__(self, model: Any) -> None: ...

    class ListWidget:
        """Stand-in for ``flask_appbuilder.widgets.ListWidget``."""

        template: str

        def __call__(self, **options: Any) -> str: ...

    class MenuItem:
        """Stand-in for ``flask_appbuilder.menu.MenuItem``."""

    def expose(url: str = "/", methods: Sequence[str] = ("GET",)) -> Callable[[F], F]: ...

    def has_access(view: F) -> F: ...

    def get_order_args() -> dict[str, tuple[str, str]]: ...

    def get_page_args() -> dict[str, int]: ...

    def get_page_size_args() -> dict[str, int]: ...

    SecurityManager: Any

else:
    from flask_appbuilder import BaseView, ModelView, expose
    from flask_appbuilder.menu import MenuItem
    from flask_appbuilder.models.filters import BaseFilter
    from flask_appbuilder.models.sqla.interface import SQLAInterface
    from flask_appbuilder.security.decorators import has_access
    from flask_appbuilder.security.sqla.manager import SecurityManager
    from flask_appbuilder.urltools import get_order_args, get_page_args, get_page_size_args
    from flask_appbuilder.widgets import ListWidget

__all__ = [
    "DECISION",
    "PRIVATE_NAMES",
    "BaseFilter",
    "BaseView",
    "ListWidget",
    "MenuItem",
    "ModelView",
    "SQLAInterface",
    "add_menu_permissions",
    "add_permissions",
    "adds_in_its_own_way",
    "base_filters",
    "builtin_role_holds",
    "decides_by_roles",
    "deciding_user",
    "expose",
    "filter_choices",
    "get_order_args",
    "get_page_args",
    "get_page_size_args",
    "has_access",
    "holds",
    "present_user_id",
    "related_views",
    "related_widget",
    "replace_related_views",
    "user_id",
]

#: The private names of ``ModelView`` that this package uses or overrides.
PRIVATE_NAMES = (
    "_base_filters",
    "_filters",
    "_get_list_widget",
    "_get_related_view_widget",
    "_get_view_widget",
    "_related_views",
)


def base_filters(view: Any) -> Any:
    """The filters that a view always applies: who may see which row of it."""
    return view._base_filters  # FAB has no public way to ask for them


def related_views(view: Any) -> list[Any]:
    """The registered views that a view shows as tabs."""
    views: list[Any] = view._related_views  # the public name holds classes, not instances
    return views


def replace_related_views(view: Any, views: list[Any]) -> None:
    """Give a view another list of tabs; FAB appends to it and its templates loop over it."""
    view._related_views = views


def related_widget(view: Any, tab: Any, item: Any, page_sizes: dict[str, int]) -> Any:
    """The widget of one of a view's tabs for one row, as FAB's show page makes it."""
    name = type(tab).__name__
    column, direction = get_order_args().get(name) or ("", "")
    page, size = get_page_args().get(name), page_sizes.get(name)
    return view._get_related_view_widget(  # FAB's own show() asks for all at once
        item, tab, column, direction, page=page, page_size=size
    )


def holds(user: Any, permission: str, view_name: str) -> bool:
    """Whether any staff user holds a permission on a view; FAB asks only for the present one."""
    manager = current_contacts.appbuilder.sm
    held: bool = manager._has_view_access(user, permission, view_name)  # what has_access asks
    return held


#: How FAB decides what the present user may do: where a host has its own way, ours must ask it.
DECISION = (
    "has_access",
    "_has_view_access",
    "_has_access_builtin_roles",
    "exist_permission_on_roles",
    "get_user_roles",
)


def present_user_id() -> Any:
    """Who is signed in by a session in this request, or None."""
    user = current_user._get_current_object()
    return user_id(user) if user is not None and user.is_authenticated else None


def asks_by_key() -> bool:
    """Whether a key of the API was taken for who asks; a session's user counts no more then."""
    return bool(g.get("_api_key_user", False))


def user_id(user: Any) -> Any:
    """A user's key, also after a commit, without reading the user anew; None for nobody."""
    state = inspect(user, raiseerr=False)
    if state is not None and state.identity is not None:
        return state.identity[0]
    return getattr(user, "id", None)


def deciding_user() -> Any:
    """The user who is signed in by a session, by whose roles FAB decides what is open.

    None where it decides by anything else: nobody is signed in, a token, a key of the API, or
    a security manager of the host's that has a way of its own.
    """
    manager = current_contacts.appbuilder.sm
    if asks_by_key() or not current_user.is_authenticated:
        return None
    return manager._get_safe_user(g.user) if decides_by_roles() else None


def decides_by_roles() -> bool:
    """Whether the host's security manager has no way of its own to decide what is open."""
    manager = type(current_contacts.appbuilder.sm)
    return all(getattr(manager, name) is getattr(SecurityManager, name) for name in DECISION)


def decides_by_rows() -> bool:
    """The same, where no role stands in the configuration either: the tables say all."""
    return not current_contacts.appbuilder.sm.builtin_roles and decides_by_roles()


def builtin_role_holds(role: Any, permission: str, view_name: str) -> bool:
    """Whether a role of the configuration (``FAB_ROLES``), which no table knows, holds it."""
    manager = current_contacts.appbuilder.sm
    held: bool = manager._has_access_builtin_roles(role, permission, view_name)
    return held


def add_permissions(appbuilder: Any, view: Any) -> None:
    """Have FAB bring a view's permissions in order; its public way does that for all views."""
    appbuilder._add_permission(view, update_perms=True)


def add_menu_permissions(appbuilder: Any, name: str) -> None:
    """The same for an entry of the menu."""
    appbuilder._add_permissions_menu(name, update_perms=True)


def adds_in_its_own_way(manager: Any) -> bool:
    """Whether the host's security manager does more with new permissions than FAB does."""
    own, names = type(manager), ("add_permissions_view", "add_permissions_menu")
    return any(getattr(own, name) is not getattr(SecurityManager, name) for name in names)


def filter_choices(view: Any) -> dict[str, list[Any]]:
    """The filters that a list's address may name, by column."""
    if getattr(view, "_filters", None) is None:  # a view without a model has none
        return {}
    choices: dict[str, list[Any]] = view._filters.get_search_filters()
    return choices
