"""Every stream that is not an image codec's, compressed better."""

from pikepdf import Array, Dictionary, Name, Pdf, Stream

from bulkpress_engine.filters import BYTE_CODERS, UndecodableStreamError, decoded, deflated_well, filters_of
from bulkpress_engine.inspection import DocumentFacts
from bulkpress_engine.objects import streams_of
from bulkpress_engine.options import Limits
from bulkpress_engine.planning import Plan
from bulkpress_engine.report import PassReport


def recompress_streams(pdf: Pdf, plan: Plan, facts: DocumentFacts, limits: Limits) -> PassReport:
    """Undo each stream's byte coders and deflate it anew where that is smaller; predictors stay as they are."""
    changed = saved = damaged = 0
    for stream in streams_of(pdf, facts.streams):
        if not _is_ours(stream) or _is_new(stream, facts) or _stays_plain(stream, pdf, facts):
            continue
        try:
            plain = decoded(stream, limits.stream_bytes)
        except UndecodableStreamError:
            damaged += 1
            continue
        before = len(stream.read_raw_bytes())
        data = deflated_well(plain.data, plan.deflate_level)
        if len(data) < before:
            stream.write(data, filter=Name.FlateDecode, decode_parms=_flate_parms(plain.predictor))
            changed += 1
            saved += before - len(data)
    return PassReport("recompress_streams", changed, saved, {"undecodable": damaged} if damaged else {})


def _is_ours(stream: Stream) -> bool:
    """Whether the stream is under byte coders only, and its data is here: /F says that it is elsewhere (7.3.8.2)."""
    return Name.F not in stream and all(name in BYTE_CODERS for name, _ in filters_of(stream))


def _stays_plain(stream: Stream, pdf: Pdf, facts: DocumentFacts) -> bool:
    """Whether it is XMP that must be found by programs that do not know PDF (ISO 32000-2, 14.3.2).

    PDF/A-1 wants all of it so (ISO 19005-1, 6.7.2), and who archives or prints to a standard, or leaves metadata open
    where all else is encrypted, may rely on it for the document's own.
    """
    if stream.get(Name.Type) != Name.Metadata:
        return False
    own = pdf.Root.get(Name.Metadata)
    is_own = isinstance(own, Stream) and own.objgen == stream.objgen
    follows_standard = facts.pdfa_part is not None or facts.has_output_intent or facts.is_early_pdfx
    return facts.pdfa_part == 1 or (is_own and (follows_standard or pdf.is_encrypted))


def _is_new(stream: Stream, facts: DocumentFacts) -> bool:
    """Whether a pass before this one has coded it anew, with the same care."""
    return Name.Filter in stream and facts.streams[stream.objgen] != len(stream.read_raw_bytes())


def _flate_parms(predictor: Dictionary | None) -> Dictionary | Array | None:
    """The parameters of a predictor, without those that only LZW has."""
    if predictor is None:
        return None
    return Dictionary({key: value for key, value in predictor.items() if key != "/EarlyChange"})
