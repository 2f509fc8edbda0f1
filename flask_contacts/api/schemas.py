"""JSON Schemas of what the API takes and gives: one description checks, and is documented.

They are written as JSON Schema 2020-12, which a body is checked by, and become OpenAPI 3.0
where they are documented: that has ``nullable`` in place of a list of types.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Integer

from ..models.customer import KEY_LENGTH, customer_key

Schema = dict[str, Any]

#: The largest key that a contact, a list or a mail may have.
LARGEST_KEY = 2**31 - 1


def text(longest: int, *, empty: bool = True) -> Schema:
    """A text of at most so many characters."""
    return {"type": "string", "maxLength": longest, **({} if empty else {"minLength": 1})}


def or_null(schema: Schema) -> Schema:
    """The same, or null."""
    kinds = [schema["type"], "null"]
    if "enum" in schema:
        return {**schema, "type": kinds, "enum": [*schema["enum"], None]}
    return {**schema, "type": kinds}


def number(least: int, most: int) -> Schema:
    """A whole number in a range."""
    return {"type": "integer", "minimum": least, "maximum": most}


def choice(names: Collection[str]) -> Schema:
    """One of some words."""
    return {"type": "string", "enum": list(names)}


def listing(items: Schema, most: int, least: int = 0) -> Schema:
    """A list of at most so many."""
    return {"type": "array", "items": items, "minItems": least, "maxItems": most}


def record(
    properties: Mapping[str, Schema],
    required: Collection[str] | None = None,
    *,
    at_least: int = 0,
) -> Schema:
    """An object with these properties and no others; all of them where nothing is said."""
    names = properties if required is None else required
    schema: Schema = {
        "type": "object",
        "properties": dict(properties),
        "additionalProperties": False,
    }
    if names:
        schema["required"] = list(names)
    if at_least:
        schema["minProperties"] = at_least
    return schema


BOOLEAN: Schema = {"type": "boolean"}
STRING: Schema = {"type": "string"}
INTEGER: Schema = {"type": "integer"}
KEY: Schema = number(1, LARGEST_KEY)
MOMENT: Schema = {"type": "string", "format": "date-time"}
DAY: Schema = {"type": "string", "format": "date"}
DAY_PATTERN = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
#: A key of a customer: a number, or a text.
CUSTOMER: Schema = (
    INTEGER if isinstance(customer_key.type, Integer) else text(KEY_LENGTH, empty=False)
)
#: What was wrong, by field.
ERRORS: Schema = {
    "type": "object",
    "additionalProperties": {"type": "array", "items": STRING, "minItems": 1},
}
PROBLEM: Schema = record(
    {"message": STRING, "errors": ERRORS, "silences": {"type": "array", "items": STRING}},
    ["message"],
)

#: Where a contact went that was merged.
MOVED: Schema = record({"message": STRING, "merged_into": KEY})


def page_of(row: Schema) -> Schema:
    """A page of a list."""
    return record({"result": {"type": "array", "items": row}, "next": or_null(STRING)})


def as_openapi(schema: Any) -> Any:
    """The schema as OpenAPI 3.0 has it."""
    if isinstance(schema, list):
        return [as_openapi(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: as_openapi(value) for name, value in schema.items()}
    kinds = schema.get("type")
    if isinstance(kinds, list):
        made["type"], made["nullable"] = kinds[0], True
    return made
