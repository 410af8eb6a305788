"""What readers depend on cannot change unseen, and a plain rewrite changes nothing."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from pikepdf import Array, Dictionary, Name, Pdf, String

from bulkpress_engine.options import Level, PressOptions
from bulkpress_engine.verification import Aspect
from tests.support.pdf_factory import EVERY_MAKER, features, images, pages, protection
from tests.support.pdf_factory.pages import saved
from tests.unit.engine_verification.damage import Change, first_words, unchanged, verdict_on


@pytest.mark.parametrize("maker", EVERY_MAKER.values(), ids=EVERY_MAKER.keys())
def test_a_plain_rewrite_is_harmless_to_every_kind_of_document(maker: Callable[[], bytes], tmp_path: Path) -> None:
    verdict = verdict_on(tmp_path, maker(), unchanged)
    assert verdict.findings == ()
    assert verdict.unproven == ()


def drop_link(pdf: Pdf) -> None:
    del pdf.pages[0].obj.Annots[0]


def change_uri(pdf: Pdf) -> None:
    pdf.pages[0].obj.Annots[0].A.URI = String("https://example.org/elsewhere")


def send_link_to_another_page(pdf: Pdf) -> None:
    pdf.pages[0].obj.Annots[1].Dest = Array([pdf.pages[0].obj, Name.Fit])


def drop_outline(pdf: Pdf) -> None:
    del pdf.Root.Outlines


def drop_chapter(pdf: Pdf) -> None:
    first = pdf.Root.Outlines.First
    del first.Next
    pdf.Root.Outlines.Last = first


def rename_chapter(pdf: Pdf) -> None:
    pdf.Root.Outlines.First.Title = String("Chapter one")


def drop_destination(pdf: Pdf) -> None:
    del pdf.Root.Names.Dests.Names[0:2]


def drop_field(pdf: Pdf) -> None:
    del pdf.Root.AcroForm.Fields[1]


def change_field_value(pdf: Pdf) -> None:
    pdf.Root.AcroForm.Fields[0].V = String("Charles Babbage")


def flatten_form(pdf: Pdf) -> None:
    del pdf.Root.AcroForm


def forget_how_the_box_looks_unticked(pdf: Pdf) -> None:
    del pdf.Root.AcroForm.Fields[1].AP.N.Off


def drop_tags(pdf: Pdf) -> None:
    del pdf.Root.StructTreeRoot


def drop_one_tag(pdf: Pdf) -> None:
    del pdf.Root.StructTreeRoot.K[1]


def change_language(pdf: Pdf) -> None:
    pdf.Root.Lang = String("de-DE")


def drop_attachment(pdf: Pdf) -> None:
    del pdf.attachments["raw.bin"]


def change_attachment(pdf: Pdf) -> None:
    pdf.Root.Names.EmbeddedFiles.Names[1].EF.F.write(b"month,boxes\n")


def drop_layers(pdf: Pdf) -> None:
    del pdf.Root.OCProperties


def show_hidden_layer(pdf: Pdf) -> None:
    layers = pdf.Root.OCProperties
    layers.D.ON = layers.OCGs
    del layers.D.OFF


def drop_labels(pdf: Pdf) -> None:
    del pdf.Root.PageLabels


def change_title(pdf: Pdf) -> None:
    pdf.docinfo.Title = String("Another")


def drop_pdfa_claim(pdf: Pdf) -> None:
    del pdf.Root.Metadata


def drop_output_intent(pdf: Pdf) -> None:
    del pdf.Root.OutputIntents


def shift_crop_box(pdf: Pdf) -> None:
    pdf.pages[0].obj.CropBox = Array([10, 0, 500, 800])


def turn_page(pdf: Pdf) -> None:
    pdf.pages[0].rotate(90, relative=True)


def drop_page(pdf: Pdf) -> None:
    del pdf.pages[0]


def add_open_action(pdf: Pdf) -> None:
    pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))


def hide_toolbar(pdf: Pdf) -> None:
    pdf.Root.ViewerPreferences = Dictionary(HideToolbar=True)


@pytest.mark.parametrize(
    ("maker", "harm", "aspect"),
    [
        (features.links, drop_link, Aspect.LINKS),
        (features.links, change_uri, Aspect.LINKS),
        (features.links, send_link_to_another_page, Aspect.LINKS),
        (features.outline, drop_outline, Aspect.OUTLINES),
        (features.outline, drop_chapter, Aspect.OUTLINES),
        (features.outline, rename_chapter, Aspect.OUTLINES),
        (features.named_destinations, drop_destination, Aspect.DESTINATIONS),
        (features.form, drop_field, Aspect.FIELDS),
        (features.form, change_field_value, Aspect.FIELDS),
        (features.form, flatten_form, Aspect.FIELDS),
        (features.form, drop_link, Aspect.ANNOTATIONS),
        (features.form, forget_how_the_box_looks_unticked, Aspect.ANNOTATIONS),
        (features.tagged, drop_tags, Aspect.TAGS),
        (features.tagged, drop_one_tag, Aspect.TAGS),
        (features.tagged, change_language, Aspect.TAGS),
        (features.tagged, change_title, Aspect.METADATA),
        (features.attachments, drop_attachment, Aspect.ATTACHMENTS),
        (features.attachments, change_attachment, Aspect.ATTACHMENTS),
        (features.layers, drop_layers, Aspect.LAYERS),
        (features.layers, show_hidden_layer, Aspect.LAYERS),
        (features.page_labels, drop_labels, Aspect.LABELS),
        (features.pdfa_claim, drop_pdfa_claim, Aspect.METADATA),
        (features.pdfa_claim, drop_output_intent, Aspect.METADATA),
        (pages.text, shift_crop_box, Aspect.BOXES),
        (pages.text, turn_page, Aspect.BOXES),
        (features.outline, drop_page, Aspect.PAGES),
        (pages.text, add_open_action, Aspect.ACTIONS),
        (pages.text, hide_toolbar, Aspect.VIEWING),
    ],
)
def test_each_harm_to_the_structure_is_found_under_its_word(
    maker: Callable[[], bytes], harm: Change, aspect: Aspect, tmp_path: Path
) -> None:
    verdict = verdict_on(tmp_path, maker(), harm)
    assert not verdict.harmless
    assert aspect in first_words(verdict)


def test_a_form_that_tags_point_into_may_be_written_otherwise(tmp_path: Path) -> None:
    with Pdf.open(io.BytesIO(features.tagged())) as pdf:
        page = pdf.pages[0].obj
        content = b"/P <</MCID 0>> BDC\n  0  0  10  10  re  f\nEMC\n"
        form = pdf.make_stream(content, Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 10, 10]))
        page.Resources.XObject = Dictionary(Fm0=form)
        page.Contents = Array([page.Contents, pdf.make_stream(b"/Fm0 Do")])
        pdf.Root.StructTreeRoot.K[1].K = Dictionary(Type=Name.MCR, Stm=form, MCID=0, Pg=page)
        tagged_form = saved(pdf)

    def shorten(pdf: Pdf) -> None:
        pdf.pages[0].obj.Resources.XObject.Fm0.write(b"/P<</MCID 0>>BDC 0 0 10 10 re f EMC")

    assert verdict_on(tmp_path, tagged_form, shorten).findings == ()


def test_a_finding_says_how_many_became_how_many(tmp_path: Path) -> None:
    assert "links: 3 became 2" in verdict_on(tmp_path, features.links(), drop_link).findings


def test_an_aspect_too_large_to_read_does_not_hide_another(tmp_path: Path) -> None:
    with Pdf.open(io.BytesIO(features.page_labels())) as pdf:
        twice = pdf.make_indirect(Array([String("leaf")]))
        for _ in range(40):
            twice = pdf.make_indirect(Array([twice, twice]))
        pdf.Root.OCProperties = Dictionary(OCGs=twice)  # 2^40 leaves, compared before the labels are
        document = io.BytesIO()
        pdf.save(document)
    assert verdict_on(tmp_path, document.getvalue(), unchanged).harmless
    assert first_words(verdict_on(tmp_path, document.getvalue(), drop_labels)) == {Aspect.LABELS}


def test_lost_encryption_is_found(tmp_path: Path) -> None:
    verdict = verdict_on(tmp_path, protection.owner_only(), unchanged, keep_encryption=False)
    assert first_words(verdict) == {Aspect.ENCRYPTION}


@pytest.mark.parametrize("revision", [3, 4, 6])
def test_an_encrypted_document_is_compared_through_its_password(revision: int, tmp_path: Path) -> None:
    options = PressOptions(level=Level.LOW, password=protection.USER_PASSWORD)
    assert verdict_on(tmp_path, protection.encrypted(revision=revision), unchanged, options).harmless


def test_a_result_that_does_not_open_is_harm(tmp_path: Path) -> None:
    def cut(pdf: Pdf) -> None:
        pdf.Root.Pages = pdf.make_indirect(Dictionary(Type=Name.Pages, Kids=Array(), Count=0))

    assert first_words(verdict_on(tmp_path, images.photo_jpeg(60, 45), cut)) == {Aspect.OPENING}
