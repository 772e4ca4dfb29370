"""The Authentication-Results field (RFC 8601), read into values.

Not here: whether a field is to be believed (authenticate).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_PAIR = re.compile(r"(?<![^\s;])([^\s=;\"]++)\s*+=\s*+(\"(?:[^\"\\]|\\.)*+\"|[^\s;]++)")


@dataclass(frozen=True, slots=True)
class MethodResult:
    """One method's word: `method` (spf, dkim, dmarc), `result` (pass, fail, ...), its properties ("header.d"), and its comments."""

    method: str
    result: str
    properties: tuple[tuple[str, str], ...]
    comment: str = ""

    def get(self, name: str) -> str:
        """The value of a property, or the empty text."""
        return next((value for key, value in self.properties if key == name), "")


@dataclass(frozen=True, slots=True)
class AuthResults:
    """Who speaks (`authserv_id`, lower case), and what about."""

    authserv_id: str
    results: tuple[MethodResult, ...]


def read(value: str) -> AuthResults | None:
    """`authserv-id; method=result property=value ...`, comments anywhere (RFC 8601 section 2.2); None when it is no such field."""
    segments = list(_segments(value))
    words = segments[0][0].split()
    if not words or "=" in words[0]:
        return None
    results = [found for text, comment in segments[1:] if (found := _result(text, comment)) is not None]
    return AuthResults(words[0].strip('"').lower(), tuple(results))


def _result(text: str, comment: str) -> MethodResult | None:
    pairs = [(name.lower(), _unquoted(value)) for name, value in _PAIR.findall(text)]
    if not pairs:
        return None
    (method, result), *properties = pairs
    return MethodResult(method.partition("/")[0], result.lower(), tuple(properties), comment)


def _segments(value: str) -> Iterator[tuple[str, str]]:
    """The text between semicolons with its comments set apart; quoted strings and nested comments are minded."""
    text: list[str] = []
    comment: list[str] = []
    depth, quoted, escaped = 0, False, False
    for character in value:
        if escaped:
            escaped = False
        elif character == "\\" and (depth or quoted):
            escaped = True
        elif character == '"' and not depth:
            quoted = not quoted
        elif character == "(" and not quoted:
            depth += 1
            continue
        elif character == ")" and depth:
            depth -= 1
            (comment if depth else text).append(" ")
            continue
        elif character == ";" and not depth and not quoted:
            yield "".join(text), "".join(comment).strip()
            text, comment = [], []
            continue
        (comment if depth else text).append(character)
    yield "".join(text), "".join(comment).strip()


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value
