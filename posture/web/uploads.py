"""Files that people send: only where a page takes them, in memory, and bounded.

Forms are parsed before a view is asked whether its person may use it, so the bound is here.
"""

from __future__ import annotations

import io
from typing import Any

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest
from django.urls import reverse

UPLOAD_BYTES_MAX = 10_000_000
"""Of all files of one request."""
PAGES = ("manifests:upload",)
"""Pages that take files; whatever is sent to others is dropped."""
_TOO_LARGE = "upload_is_too_large"


def is_too_large(request: HttpRequest) -> bool:
    """Return True if files of a request were dropped because they are too large."""
    return bool(getattr(request, _TOO_LARGE, False))


class BoundedUpload(FileUploadHandler):
    """Keeps the files of a request in memory, and drops those beyond the limit."""

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.total = 0
        self.buffer = io.BytesIO()

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin a file, or drop it where no page takes it."""
        super().new_file(*args, **kwargs)
        if self.request is None or self.request.path_info not in {reverse(page) for page in PAGES}:
            raise SkipFile
        self.buffer = io.BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Keep a piece, or drop the file where all are too large together."""
        self.total += len(raw_data)
        if self.total > UPLOAD_BYTES_MAX:
            setattr(self.request, _TOO_LARGE, True)
            raise SkipFile
        self.buffer.write(raw_data)
        return None

    def file_complete(self, file_size: int) -> InMemoryUploadedFile | None:
        """Return the file."""
        self.buffer.seek(0)
        return InMemoryUploadedFile(
            self.buffer, self.field_name, self.file_name or "", self.content_type or "", file_size, self.charset
        )
