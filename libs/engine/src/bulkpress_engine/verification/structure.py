"""What readers, screen readers and forms depend on, taken from both documents and compared exactly."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from pikepdf import Array, Dictionary, Pdf, Stream

from bulkpress_engine.filters import UndecodableStreamError, content_bytes
from bulkpress_engine.objects import reachable_containers, spelt
from bulkpress_engine.options import Limits, PressOptions
from bulkpress_engine.verification.aspects import Aspect
from bulkpress_engine.verification.canonical import UNCOMPARED, Spelling, entry, is_dictionary, items
from bulkpress_engine.verification.metadata import TOLD_BY_OBJECTS, metadata, metadata_expected
from bulkpress_engine.verification.sampling import evenly
from bulkpress_engine.verification.walks import MOST, form_fields, name_tree, outline_items, structure_elements

DEFAULT_OPTIONS = PressOptions()
Facts = Callable[[Pdf, Spelling], Iterator[str]]
MCID = re.compile(rb"/MCID[\x00\t\n\x0c\r ]+(\d+)")
MARKED_PAGES = 200
NAMES_OF_THEIR_OWN = frozenset({"/Dests", "/EmbeddedFiles", "/JavaScript"})  # compared with what they name


def compare_structure(
    source: Pdf, pressed: Pdf, limits: Limits, options: PressOptions = DEFAULT_OPTIONS
) -> Iterator[str]:
    """Findings, one for each aspect that differs: `links: 3 became 2`, and not because the options ask for it."""
    if (before := len(source.pages)) != (after := len(pressed.pages)):
        yield f"{Aspect.PAGES}: {before} became {after}"
        return  # every page-wise comparison would only repeat it
    had, has = _spelling(source, limits, options), _spelling(pressed, limits, options)
    expected: Facts = partial(metadata_expected, options=options)
    rows: list[tuple[Aspect, Facts, Facts]] = [(one, of, of) for one, of in FACTS]
    for aspect, wanted, found in (*rows, (Aspect.METADATA, expected, metadata)):
        had.refill()
        has.refill()
        ours, theirs = list(wanted(source, had)), list(found(pressed, has))
        if len(ours) != len(theirs):
            yield f"{aspect}: {len(ours)} became {len(theirs)}"
        elif not (had.is_complete and has.is_complete):
            continue  # too large to read to its end
        elif changed := sum(one != other for one, other in zip(ours, theirs, strict=True)):
            yield f"{aspect}: {changed} of {len(ours)} changed"


def _spelling(pdf: Pdf, limits: Limits, options: PressOptions) -> Spelling:
    told = UNCOMPARED | TOLD_BY_OBJECTS if options.strip_metadata else UNCOMPARED
    return Spelling(pdf, nesting=limits.nesting, stream_bytes=limits.stream_bytes, uncompared=told)


def _boxes(pdf: Pdf, spelling: Spelling) -> Iterator[str]:
    """Sizes, rotation and what else belongs to a page and is seen or heard (ISO 32000-2, 7.7.3.3)."""
    own = {
        "/BleedBox",
        "/TrimBox",
        "/ArtBox",
        "/UserUnit",
        "/Trans",
        "/Dur",
        "/Tabs",
        "/StructParents",
        "/Group",
        "/VP",
    }
    for page in pdf.pages:
        inherited = [_inherited(page.obj, key) for key in ("/MediaBox", "/CropBox", "/Rotate")]
        yield f"{spelling.of(inherited)} {spelling.of(page.obj, only=own)}"


def _inherited(node: Any, key: str) -> Any:
    for _ in range(50):  # a page tree deeper than this is made to hurt
        if not is_dictionary(node):
            return None
        if key in node:
            return node[key]
        node = node.get("/Parent")
    return None


def _annotations_that_are(wanted: Callable[[str], bool]) -> Callable[[Pdf, Spelling], Iterator[str]]:
    def facts(pdf: Pdf, spelling: Spelling) -> Iterator[str]:
        left = MOST
        for number, page in enumerate(pdf.pages):
            for annotation in items(page.obj.get("/Annots")):
                if wanted(spelt(entry(annotation, "/Subtype"))) and left > 0:
                    left -= 1
                    yield f"{number} {spelling.of(_said_by(annotation))} {_looks(annotation)}"

    return facts


def _said_by(annotation: Any) -> dict[str, Any]:
    """All that an annotation says; a signature refers to the whole document, and is compared for itself."""
    said = dict(annotation.items()) if is_dictionary(annotation) else {}
    return said | {"/V": None} if spelt(said.get("/FT")) == "/Sig" else said


def _looks(annotation: Any) -> str:
    """Which appearances an annotation has, by state, such as a box's ticked one: drawing shows but one of them."""
    appearances = entry(annotation, "/AP")
    found = []
    for use in sorted(appearances.keys()) if is_dictionary(appearances) else ():
        states = appearances[use]
        found.append(f"{use} {sorted(states.keys()) if isinstance(states, Dictionary) else ''}")
    return " ".join(found)


def _outlines(pdf: Pdf, spelling: Spelling) -> Iterator[str]:
    for item in outline_items(pdf):
        yield spelling.of(item, only={"/Title", "/Dest", "/A", "/Count", "/C"})


def _destinations(pdf: Pdf, spelling: Spelling) -> Iterator[str]:
    old = entry(pdf.Root, "/Dests")  # PDF 1.1; since 1.2 a name tree (ISO 32000-2, 12.3.2.4)
    if isinstance(old, Dictionary):
        yield from (f"{name} {spelling.of(target)}" for name, target in sorted(old.items()))
    for name, target in name_tree(entry(pdf.Root, "/Names", "/Dests")):
        yield f"{spelling.text(name)} {spelling.of(target)}"


def _fields(pdf: Pdf, spelling: Spelling) -> Iterator[str]:
    form = entry(pdf.Root, "/AcroForm")
    if is_dictionary(form):
        yield spelling.of(form, only={"/NeedAppearances", "/SigFlags", "/XFA", "/Q", "/DA", "/CO"})
        fonts = entry(form, "/DR", "/Font")  # what programs that fill the form write with
        yield from (f"font {name}" for name in sorted(fonts.keys() if is_dictionary(fonts) else ()))
    for name, entries in form_fields(pdf):
        is_signature = spelt(entries.get("/FT")) == "/Sig"  # it refers to the whole document: see _signatures
        yield f"{name} {spelling.of(entries | {'/V': None} if is_signature else entries)}"


def _signatures(pdf: Pdf, _spelling: Spelling) -> Iterator[str]:
    """Names of signed fields; whether the signatures still hold is for the policy, not for this proof."""
    for name, entries in form_fields(pdf):
        if spelt(entries.get("/FT")) == "/Sig" and entry(entries.get("/V"), "/ByteRange") is not None:
            yield name


def _tags(pdf: Pdf, spelling: Spelling) -> Iterator[str]:
    for key in ("/MarkInfo", "/Lang"):
        if key in pdf.Root:
            yield spelling.of(pdf.Root[key])
    kinds: Counter[str] = Counter()
    for element in structure_elements(pdf):
        if is_dictionary(element):
            kinds[spelling.of(element, only={"/S", "/Type", "/Alt", "/ActualText", "/Lang", "/E", "/MCID"})] += 1
        else:
            kinds["marked content"] += 1
    yield from (f"{kind} {count}" for kind, count in sorted(kinds.items()))


def _tag_tree(pdf: Pdf, spelling: Spelling) -> Iterator[str]:
    """The whole tree with its order, attributes and ties to content, and the tree that leads back (14.7.5.4)."""
    root = entry(pdf.Root, "/StructTreeRoot")
    if is_dictionary(root):
        yield from (f"{key} {spelling.of(root[key])}" for key in sorted(root.keys() - UNCOMPARED))


def _marked_content(pdf: Pdf, spelling: Spelling) -> Iterator[str]:
    """The numbers by which tags find their content, page by page (ISO 32000-2, 14.6)."""
    if "/StructTreeRoot" in pdf.Root:
        for number in evenly(len(pdf.pages), MARKED_PAGES):
            contents = pdf.pages[number].obj.get("/Contents")
            streams = items(contents) if isinstance(contents, Array) else [contents]
            content = b" ".join(_decoded(stream, spelling.stream_bytes) for stream in streams)
            yield f"{number} {b' '.join(MCID.findall(content)).decode()}"


def _decoded(stream: Any, most_bytes: int) -> bytes:
    try:
        return content_bytes(stream, most_bytes) if isinstance(stream, Stream) else b""
    except UndecodableStreamError:
        return b""


def _attachments(pdf: Pdf, spelling: Spelling) -> Iterator[str]:
    """Names and contents of embedded files (ISO 32000-2, 7.11.4), also of those that pages show as icons."""
    for name, file in name_tree(entry(pdf.Root, "/Names", "/EmbeddedFiles")):
        yield f"{spelling.text(name)} {_attached(file, spelling)}"
    for page in pdf.pages:
        for annotation in items(page.obj.get("/Annots")):
            if spelt(entry(annotation, "/Subtype")) == "/FileAttachment":
                yield _attached(entry(annotation, "/FS"), spelling)
    for holder in (pdf.Root, *(page.obj for page in pdf.pages)):  # associated files (14.13)
        yield from (_attached(file, spelling) for file in items(entry(holder, "/AF")))


def _attached(file: Any, spelling: Spelling) -> str:
    content = entry(file, "/EF", "/UF") or entry(file, "/EF", "/F")
    name = spelling.text([entry(file, "/UF"), entry(file, "/Desc"), entry(file, "/AFRelationship")])
    return f"{name} {spelling.of(content)}"


def _encryption(pdf: Pdf, _spelling: Spelling) -> Iterator[str]:
    if pdf.is_encrypted:
        how = pdf.encryption
        yield f"R{how.R} V{how.V} P{how.P} {how.bits} bits {how.stream_method} {how.string_method} {how.file_method}"


def _entries_of_root(*keys: str) -> Callable[[Pdf, Spelling], Iterator[str]]:
    def facts(pdf: Pdf, spelling: Spelling) -> Iterator[str]:
        yield from (spelling.of(pdf.Root[key]) for key in keys if key in pdf.Root)

    return facts


def _layers(pdf: Pdf, spelling: Spelling) -> Iterator[str]:
    """The layers, and that which of them images and forms belong to (8.11.3.3): drawing shows but one combination."""
    if "/OCProperties" in pdf.Root:
        yield spelling.of(pdf.Root.OCProperties)
        drawn = (value for value in reachable_containers(pdf) if isinstance(value, Stream) and "/OC" in value)
        # Whether as an image or as a form: a scan that is taken apart becomes one.
        yield from sorted({f"drawn in {spelling.of(value['/OC'])}" for value in drawn})


def _other_names(pdf: Pdf, spelling: Spelling) -> Iterator[str]:
    """Name trees that are compared nowhere else: templates, captured web pages, renditions and their like (7.7.4)."""
    names = entry(pdf.Root, "/Names")
    for tree in sorted((names.keys() if is_dictionary(names) else set()) - NAMES_OF_THEIR_OWN):
        for name, _ in name_tree(names[tree]):
            yield f"{tree} {spelling.text(name)}"


def _actions(pdf: Pdf, spelling: Spelling) -> Iterator[str]:
    yield spelling.of(pdf.Root, only={"/OpenAction", "/AA", "/URI"})
    for name, script in name_tree(entry(pdf.Root, "/Names", "/JavaScript")):
        yield f"{spelling.text(name)} {spelling.of(script)}"
    for page in pdf.pages:
        if "/AA" in page.obj:
            yield spelling.of(page.obj["/AA"])


FACTS: tuple[tuple[Aspect, Facts], ...] = (
    (Aspect.BOXES, _boxes),
    (Aspect.LINKS, _annotations_that_are(lambda subtype: subtype == "/Link")),
    (Aspect.ANNOTATIONS, _annotations_that_are(lambda subtype: subtype != "/Link")),
    (Aspect.OUTLINES, _outlines),
    (Aspect.DESTINATIONS, _destinations),
    (Aspect.FIELDS, _fields),
    (Aspect.SIGNATURES, _signatures),
    (Aspect.TAGS, _tags),
    (Aspect.TAGS, _tag_tree),
    (Aspect.TAGS, _marked_content),
    (Aspect.ATTACHMENTS, _attachments),
    (Aspect.LAYERS, _layers),
    (Aspect.LABELS, _entries_of_root("/PageLabels")),
    (Aspect.ENCRYPTION, _encryption),
    (Aspect.VIEWING, _entries_of_root("/ViewerPreferences", "/PageMode", "/PageLayout", "/Collection", "/Threads")),
    (Aspect.VIEWING, _entries_of_root("/Extensions", "/Requirements", "/NeedsRendering", "/SpiderInfo", "/DPartRoot")),
    (Aspect.VIEWING, _other_names),
    (Aspect.ACTIONS, _actions),
)
