"""A device in words: what a browser says of itself, shortened to its name and its system."""

from __future__ import annotations

from ...i18n import _


def device(user_agent: str | None) -> str:
    """``Firefox on Windows`` for a User-Agent header; for one that says nothing, that."""
    browser, system = _families(user_agent)
    if browser and system:
        return str(_("%(browser)s on %(system)s", browser=browser, system=system))
    return browser or system or str(_("Unknown device"))


def looks_like(user_agent: str | None, other: str | None) -> bool:
    """Whether two headers name the same browser on the same system, whatever the version."""
    return _families(user_agent) == _families(other)


def _families(user_agent: str | None) -> tuple[str, str]:
    from ua_parser import parse  # noqa: PLC0415  not needed to start

    found = parse(user_agent or "")
    browser = found.user_agent.family if found.user_agent else ""
    return browser, found.os.family if found.os else ""
