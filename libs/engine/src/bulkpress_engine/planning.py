"""What to do with a document: facts and options in, a plan out; nothing is read or changed here."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace

from bulkpress_engine.axis import ImageLevel, a_level_finer, finer, image_level, is_level_low
from bulkpress_engine.fonts.decide import FontRules, decide_font
from bulkpress_engine.fonts.facts import FontFacts
from bulkpress_engine.fonts.reasons import FontKeepReason
from bulkpress_engine.images.codecs.jbig2 import HAS_JBIG2
from bulkpress_engine.images.decide import Decision, ImageRules, decide_image
from bulkpress_engine.images.layers.decide import LayerRules, TakeApart, decide_layers, layer_rules
from bulkpress_engine.inspection import DocumentFacts
from bulkpress_engine.objects import ObjGen
from bulkpress_engine.options import Level, Limits, PressOptions, Step, Without

# How far a coordinate may move. Where nobody may see it: 1/30 of a screen's pixel at a zoom of 6400 %. Else ten times
# as much, which saves up to a tenth of drawings; where an edge then falls onto the next pixel, the proof finds it.
FINE_CONTENT_ERROR_PT, CONTENT_ERROR_PT = 0.0005, 0.005


@dataclass(frozen=True, slots=True)
class Plan:
    """All decisions of one press. Passes carry it out and decide nothing that could be decided here."""

    without: Without
    images: Mapping[ObjGen, Decision]
    layers: Mapping[ObjGen, TakeApart]  # of the images, those that may be taken apart instead
    fonts: Mapping[FontFacts, FontKeepReason | None]  # None for a program to be made smaller
    lists_glyphs: bool  # names of the glyphs that a subset has, as PDF/A-1 asks (ISO 19005-1, 6.3.5)
    may_turn_rgb_gray: bool  # DeviceRGB with equal components may be stored as DeviceGray
    may_use_jbig2: bool  # it came with PDF 1.4
    object_streams: bool
    linearize: bool
    content_error_pt: float  # how far a coordinate in content may move
    deflate_level: int = 10  # libdeflate's: 6.7 % smaller than zlib at 6; 12 gains half a percent for twice the time


def make_plan(
    facts: DocumentFacts,
    options: PressOptions,
    limits: Limits,
    without: Without,
    spared: Set[ObjGen] = frozenset(),
) -> Plan:
    """The plan of one try for one document; `spared` images stay whole, and are a level finer."""
    may_use_jbig2 = HAS_JBIG2 and not facts.is_early_pdfx
    # With an output intent or a default colour space, DeviceRGB and DeviceGray mean different colours (8.6.5.6).
    are_device_spaces_srgb = not facts.has_output_intent and not facts.has_default_spaces
    level = _image_level(options, without)
    rules, gentle_rules = (
        replace(
            _image_rules(asked, options, limits, without),
            may_use_jbig2=may_use_jbig2,
            may_name_device_space=are_device_spaces_srgb,
        )
        for asked in (level, level and a_level_finer(level))
    )
    apart = _layer_rules(facts, options, without)
    images = {} if Step.IMAGES in without else facts.images
    decisions = {key: decide_image(image, gentle_rules if key in spared else rules) for key, image in images.items()}
    layers = {
        key: decide_layers(images[key], decision, apart) for key, decision in decisions.items() if key not in spared
    }
    fonts = () if Step.FONTS in without else facts.fonts
    font_rules = FontRules(is_pdfa_1=facts.pdfa_part == 1)
    return Plan(
        without=without,
        images=decisions,
        layers={key: decision for key, decision in layers.items() if decision is not None},
        fonts={font: decide_font(font, font_rules) for font in fonts},
        lists_glyphs=facts.pdfa_part == 1,
        may_turn_rgb_gray=are_device_spaces_srgb,
        may_use_jbig2=may_use_jbig2,
        # They came with PDF 1.5; PDF/A-1 is PDF 1.4 (ISO 19005-1, 6.1.4), PDF/X-1 to X-3 are PDF 1.3 or 1.4.
        object_streams=facts.pdfa_part != 1 and not facts.is_early_pdfx,
        content_error_pt=FINE_CONTENT_ERROR_PT if options.level is Level.LOW else CONTENT_ERROR_PT,
        linearize=options.linearize,
    )


def _image_level(options: PressOptions, without: Without) -> ImageLevel | None:
    level = image_level(options)
    return finer(level) if level is not None and Step.COARSE in without else level


def _image_rules(level: ImageLevel | None, options: PressOptions, limits: Limits, without: Without) -> ImageRules:
    if level is None or Step.PIXELS in without:
        return ImageRules(limits.image_pixels)
    return ImageRules(
        max_pixels=limits.image_pixels,
        target_dpi=level.target_dpi,
        jpeg_quality=level.jpeg_quality,
        is_quality_fixed=options.image_quality is not None and not is_level_low(options),
    )


def _layer_rules(facts: DocumentFacts, options: PressOptions, without: Without) -> LayerRules | None:
    """How scans of text are taken apart; None: not at all."""
    level = _image_level(options, without)
    # A form has resources of its own: the default colour spaces of the page's would not reach its layers (8.6.5.6).
    if level is None or facts.has_default_spaces or without & {Step.LAYERS, Step.PIXELS}:
        return None
    return layer_rules(level.target_dpi, level.jpeg_quality)
