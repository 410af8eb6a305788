"""Which streams of a document stand for all of them, and what a pass may know of the document to work on these only."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from pikepdf import Pdf

from bulkpress_engine.audit.bands import Bands, bands_of
from bulkpress_engine.composition import stream_sizes
from bulkpress_engine.inspection import DocumentFacts
from bulkpress_engine.kinds import Kind
from bulkpress_engine.objects import ObjGen, streams_of
from bulkpress_engine.options import Limits

SHARE = 0.1  # of the streams of a kind
FEW, MOST = 2, 10  # streams of a kind

Sizes = Mapping[ObjGen, tuple[Kind, int]]


@dataclass(frozen=True, slots=True)
class Sample:
    """A document's facts, the streams that stand for all, and of the large images among them the bands that do."""

    facts: DocumentFacts
    keys: frozenset[ObjGen]
    bands: Mapping[ObjGen, Bands]

    @classmethod
    def of(cls, pdf: Pdf, facts: DocumentFacts, limits: Limits) -> "Sample":
        """A sample of the document."""
        saved = set(facts.streams)
        keys = chosen({key: one for key, one in stream_sizes(pdf).items() if key in saved})
        images = streams_of(pdf, (key for key in facts.images if key in keys))
        cut = {image.objgen: bands_of(image, facts.images[image.objgen], limits.stream_bytes) for image in images}
        return cls(facts, keys, {key: bands for key, bands in cut.items() if bands is not None})

    def facts_of(self, keys: Iterable[ObjGen]) -> DocumentFacts:
        """The facts as if the document had no streams but these, and of large images only the bands."""
        few = frozenset(keys)
        images = {key: image for key, image in self.facts.images.items() if key in few}
        return replace(
            self.facts,
            streams={key: size for key, size in self.facts.streams.items() if key in few},
            fonts=tuple(font for font in self.facts.fonts if few.intersection(font.files)),
            images={key: self.bands[key].facts if key in self.bands else image for key, image in images.items()},
        )

    def tried_bytes(self, key: ObjGen, whole: int) -> int:
        """Of a sampled stream of `whole` bytes, those that the passes get to see."""
        return self.bands[key].bytes_before if key in self.bands else whole


def chosen(sizes: Sizes) -> frozenset[ObjGen]:
    """Some streams of each kind, the chance of each in proportion to its bytes, and always the same ones."""
    by_kind: dict[Kind, list[tuple[int, ObjGen]]] = defaultdict(list)
    for key, (kind, size) in sizes.items():
        by_kind[kind].append((size, key))
    return frozenset(key for streams in by_kind.values() for key in _spread(sorted(streams, reverse=True)))


def _spread(streams: list[tuple[int, ObjGen]]) -> Iterable[ObjGen]:
    """The streams under evenly spaced marks, when all are laid end to end: each large one, and some of the small."""
    marks = min(MOST, max(FEW, round(SHARE * len(streams))))
    stride = sum(size for size, _ in streams) / marks
    begin, next_mark = 0, stride / 2
    for size, key in streams:
        begin += size
        if begin > next_mark:
            yield key
            next_mark += stride * ((begin - next_mark) // stride + 1) if stride else 0
