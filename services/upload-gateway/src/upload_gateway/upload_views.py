"""The answers about files that clients upload themselves."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, Field

from upload_gateway.direct_uploads import UploadToDo


class PartView(BaseModel):
    """A part of a file."""

    number: int = Field(description="From 1 on.")
    size_bytes: int
    url: str | None = Field(description="PUT exactly these bytes of the file here; null if they are there.")


class UploadView(BaseModel):
    """How a file is to be uploaded."""

    number: int = Field(description="The file's, 0-based.")
    name: str
    size_bytes: int
    url: str | None = Field(description="PUT the file here; null if it goes up in parts.")
    part_size_bytes: int | None = Field(description="Of every part but the last; null if it goes up whole.")
    part_count: int | None
    parts: list[PartView] = Field(description="Some of its parts, where they were asked for.")
    next_part: int | None = Field(description="`first_part` of the next page of parts; null after the last.")
    expires_at: datetime = Field(description="When the URLs do. They are given anew as often as asked for.")

    @classmethod
    def of(cls, to_do: UploadToDo) -> Self:
        """The upload as clients see it."""
        plan = to_do.plan
        return cls(
            number=to_do.file.number,
            name=to_do.file.name,
            size_bytes=to_do.file.size_bytes,
            url=to_do.url,
            part_size_bytes=plan.part_size_bytes if plan else None,
            part_count=plan.count if plan else None,
            parts=[PartView(number=one.number, size_bytes=one.size_bytes, url=one.url) for one in to_do.parts],
            next_part=to_do.next_part,
            expires_at=to_do.expires_at,
        )


class UploadListView(BaseModel):
    """A page of files that are to be uploaded, by number."""

    uploads: list[UploadView]
    next: str | None = Field(
        description="`cursor` of the next page; null after the last. A page may be short, or empty."
    )
