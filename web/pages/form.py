"""A form that a page sent, with its files: for pages that show it again, as it was typed, when something is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import UploadFile

from helpdesk.attachments import File
from helpdesk.text.file_names import shown_name
from web.sign_in import CSRF_FIELD, FORM_LIMITS


@dataclass(frozen=True, slots=True)
class Filled:
    """What was typed, without characters that cannot be stored; the files are in memory, all under the cap of any request."""

    fields: Mapping[str, str]
    files: tuple[File, ...] = ()

    def text(self, name: str) -> str:
        """What was typed into this field, "" when it is not there."""
        return self.fields.get(name, "")

    @property
    def size(self) -> int:
        """Octets of all files together."""
        return sum(len(file.content) for file in self.files)


async def read(request: Request) -> Filled:
    """The fields (the last of a name counts; line ends as LF) and the files of a form; an empty file field is no file."""
    fields: dict[str, str] = {}
    files: list[File] = []
    form = await request.form(**FORM_LIMITS)
    for name, value in form.multi_items():
        if not isinstance(value, UploadFile):
            fields[name] = value.replace("\0", "").replace("\r\n", "\n").encode("utf-8", "replace").decode("utf-8")
        elif value.filename:
            content = await value.read()
            files.append(File(shown_name(value.filename), value.content_type or "application/octet-stream", content))
    fields.pop(CSRF_FIELD, None)
    return Filled(fields, tuple(files))


def chosen_again(files: Sequence[File]) -> str:
    """What a page says that is shown again: a browser gives no file back, so their names must do."""
    return f"Please choose your files once more, they are not kept while you look: {', '.join(file.filename for file in files)}"


FilledForm = Annotated[Filled, Depends(read)]
