"""The description of this API alone, without that of the host's other APIs."""

from __future__ import annotations

from typing import Any

from apispec import APISpec

from . import openapi
from .rest_api import RestApi


def document(appbuilder: Any) -> dict[str, Any]:
    """An OpenAPI document of all our APIs that are registered."""
    spec = APISpec(
        title="Contacts",
        version="v1",
        openapi_version=openapi.VERSION,
        info={"description": "Customer contacts, by the rules of the pages for staff."},
    )
    for api in appbuilder.baseviews:
        if isinstance(api, RestApi):
            api.add_api_spec(spec)
    found: dict[str, Any] = spec.to_dict()
    return found
