"""Templates that a process compiles once: each application that a test makes asks for them anew.

A code is kept by the template's text and the extensions of who reads it: another text, as of a
file that a test writes, is compiled.
"""

from __future__ import annotations

from types import CodeType

from flask import Flask
from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket


class KeptCodes(BytecodeCache):
    """What was compiled in this process."""

    def __init__(self) -> None:
        self._codes: dict[tuple[object, ...], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give the code of the same text."""
        bucket.code = self._codes.get(self._key(bucket))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it."""
        assert bucket.code is not None
        self._codes[self._key(bucket)] = bucket.code

    @staticmethod
    def _key(bucket: Bucket) -> tuple[object, ...]:
        environment: Environment = bucket.environment
        return bucket.key, bucket.checksum, *sorted(environment.extensions)


Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": KeptCodes()}
