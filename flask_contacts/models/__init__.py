"""Our tables.

Importing a name from here binds the customer model, so a host that decorates its own
with ``@bind_customer`` does that first; nothing in this file touches the tables early. The
modules with tables do without ``from __future__ import annotations``: of an annotation that
is text SQLAlchemy would compile the type again, column by column, at each start.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .activity import Activity as Activity, CustomerAdmin as CustomerAdmin
    from .base import Base as Base
    from .comment import Comment as Comment
    from .contact import (
        Contact as Contact,
        ContactPermission as ContactPermission,
        ContactTopic as ContactTopic,
    )
    from .contact_import import (
        ContactImport as ContactImport,
        ContactImportKey as ContactImportKey,
        ContactImportResult as ContactImportResult,
        ContactImportRow as ContactImportRow,
    )
    from .customer import Customer as Customer, CustomerNote as CustomerNote
    from .login import (
        Link as Link,
        Login as Login,
        PortalSession as PortalSession,
        SignInAttempt as SignInAttempt,
    )
    from .mail import (
        EmailTemplate as EmailTemplate,
        EmailTemplateText as EmailTemplateText,
        Mail as Mail,
    )
    from .marketing import (
        MarketingLeaver as MarketingLeaver,
        MarketingList as MarketingList,
        MarketingMember as MarketingMember,
    )
    from .merge import ContactMerge as ContactMerge, NotDuplicates as NotDuplicates
    from .registration import Registration as Registration
    from .setting import Setting as Setting
    from .staff_setting import StaffSetting as StaffSetting
    from .two_factor import RecoveryCode as RecoveryCode, TwoFactor as TwoFactor
    from .view_as import PortalView as PortalView

_HOME = {
    "Activity": "activity",
    "Base": "base",
    "Comment": "comment",
    "Contact": "contact",
    "ContactImport": "contact_import",
    "ContactImportKey": "contact_import",
    "ContactImportResult": "contact_import",
    "ContactImportRow": "contact_import",
    "ContactMerge": "merge",
    "ContactPermission": "contact",
    "ContactTopic": "contact",
    "Customer": "customer",
    "CustomerAdmin": "activity",
    "CustomerNote": "customer",
    "EmailTemplate": "mail",
    "EmailTemplateText": "mail",
    "Link": "login",
    "Login": "login",
    "Mail": "mail",
    "MarketingLeaver": "marketing",
    "MarketingList": "marketing",
    "MarketingMember": "marketing",
    "NotDuplicates": "merge",
    "PortalSession": "login",
    "PortalView": "view_as",
    "RecoveryCode": "two_factor",
    "Registration": "registration",
    "Setting": "setting",
    "SignInAttempt": "login",
    "StaffSetting": "staff_setting",
    "TwoFactor": "two_factor",
}
__all__ = list(_HOME)


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # All of them: mappers refer to each other, and the guard watches over the customer's.
    modules = (*sorted(set(_HOME.values())), "customer_guard")
    homes = {module: import_module(f".{module}", __name__) for module in modules}
    globals().update({one: getattr(homes[home], one) for one, home in _HOME.items()})
    value: object = globals()[name]
    return value
