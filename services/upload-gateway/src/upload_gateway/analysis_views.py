"""The answers about analyses: what fills a file, and what each level would make of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, Field

from bulkpress_core.domain.jobs import Job, JobFile, JobState
from upload_gateway.views import PREFIX, saved_percent

IMAGES = "images_"  # how the engine's kinds of images begin; the coding follows
PARTS = ("fonts", "content", "colour", "metadata", "attachments", "structure", "unused")


class CompositionView(BaseModel):
    """What a file's bytes are for; they add up to its size."""

    images: int
    images_by_coding: dict[str, int] = Field(description="jpeg, jpx, ccitt, jbig2, and samples: without a codec.")
    fonts: int = Field(description="Font programs, Type 3 glyphs, CMaps.")
    content: int = Field(description="What pages, forms, patterns and appearances draw.")
    colour: int = Field(description="ICC profiles, palettes, functions.")
    metadata: int = Field(description="XMP, thumbnails, private data of programs.")
    attachments: int
    structure: int = Field(description="Objects, cross-references, old revisions.")
    unused: int = Field(description="Streams that nothing refers to.")
    other: int

    @classmethod
    def of(cls, bytes_by_kind: Mapping[str, int]) -> Self:
        """The composition, of the engine's kinds."""
        codings = {kind.removeprefix(IMAGES): size for kind, size in bytes_by_kind.items() if kind.startswith(IMAGES)}
        named = {part: bytes_by_kind.get(part, 0) for part in PARTS}
        images = sum(codings.values())
        other = sum(bytes_by_kind.values()) - images - sum(named.values())
        return cls(images=images, images_by_coding=codings, other=other, **named)


class EstimateView(BaseModel):
    """About what a result would come to."""

    size_bytes: int
    saved_percent: float


class EstimatesView(BaseModel):
    """The same for each level."""

    low: EstimateView
    medium: EstimateView
    high: EstimateView


class AnalysisView(BaseModel):
    """The space audit of one file."""

    analysis_id: str
    name: str
    size_bytes: int
    pages: int
    composition: CompositionView
    estimates: EstimatesView
    kept_reason: str | None = Field(description="Why compression would keep the original, whatever the level.")
    expires_at: datetime = Field(description="Until when the audit can be asked for; the file is deleted already.")

    @classmethod
    def of(cls, job: Job, file: JobFile, audit: Mapping[str, Any]) -> Self:
        """The audit as clients see it."""
        size = file.size_bytes
        estimates = {
            level: EstimateView(size_bytes=expected, saved_percent=saved_percent(size, expected))
            for level, expected in audit["estimates"].items()
        }
        return cls(
            analysis_id=job.id,
            name=file.name,
            size_bytes=size,
            pages=audit["pages"],
            composition=CompositionView.of(audit["composition"]),
            estimates=EstimatesView(**estimates),
            kept_reason=audit["kept"],
            expires_at=job.expires_at,
        )


class PendingAnalysisView(BaseModel):
    """An analysis that has not ended."""

    analysis_id: str
    status: JobState
    link: str = Field(description="Where to ask for it, as a path on this server.")

    @classmethod
    def of(cls, job: Job) -> Self:
        """The analysis as clients see it."""
        return cls(analysis_id=job.id, status=job.state, link=link_of(job))


def link_of(job: Job) -> str:
    """Where the analysis is found."""
    return f"{PREFIX}/analyses/{job.id}"
