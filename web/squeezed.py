"""Our stylesheets and scripts as they are sent: without what only their readers in the source need, and gzipped for who takes it.

Pages are never gzipped: they hold secrets beside words of strangers, and their length would tell (BREACH).
"""

from __future__ import annotations

import gzip
import re
from functools import lru_cache
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Scope

TYPES = {".css": "text/css", ".js": "text/javascript"}


def response(path: Path, scope: Scope) -> Response:
    """The stylesheet or script at this path."""
    plain, small = _packed(path, path.stat().st_mtime_ns)
    takes = re.search(r"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?(?:\s|,|$))", Headers(scope=scope).get("accept-encoding", ""))
    headers = {"Vary": "Accept-Encoding"} | ({"Content-Encoding": "gzip"} if takes else {})
    return Response(small if takes else plain, media_type=f"{TYPES[path.suffix]}; charset=utf-8", headers=headers)


def squeezed_style(text: str) -> str:
    """CSS without comments and needless white space; nothing in our strings looks like either."""
    bare = re.sub(r"\s+", " ", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)).strip()
    return re.sub(r" ?([{};]) ?", r"\1", re.sub(r"([:,]) ", r"\1", bare)).replace(";}", "}").replace(" > ", ">")


def squeezed_script(text: str) -> str:
    """JavaScript without indentation, empty lines and lines that are a comment; its line ends stay, for they may end statements."""
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


@lru_cache(maxsize=64)
def _packed(path: Path, _changed: int) -> tuple[bytes, bytes]:
    text = path.read_text(encoding="utf-8")
    plain = (squeezed_style if path.suffix == ".css" else squeezed_script)(text).encode()
    return plain, gzip.compress(plain, mtime=0)
