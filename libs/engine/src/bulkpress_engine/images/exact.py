"""A picture without loss, by whichever coding makes it smallest: bits, a palette, gray, or all of its components."""

from dataclasses import dataclass, replace

from bulkpress_engine.images.codecs.bilevel import encode_bilevel
from bulkpress_engine.images.codecs.flate import (
    MAX_PALETTE,
    Colours,
    bits_for,
    encode_gray_levels,
    encode_palette,
    encode_pixels,
    gray_levels_of,
    indexes_of,
)
from bulkpress_engine.images.coded import Coded, Space
from bulkpress_engine.images.pictures import Picture, Red, few_colours, is_gray

MAX_GRAY_PALETTE = 16  # with more, indexes are no smaller than gray itself, and predicted worse
BLACK_AND_WHITE = ([(0, 0, 0)], [(255, 255, 255)], [(0, 0, 0), (255, 255, 255)])


@dataclass(frozen=True, slots=True)
class ExactRules:
    """What a picture may turn into. `deflate_level` is libdeflate's, 1..12."""

    deflate_level: int
    may_turn_gray: bool  # its RGB into DeviceGray
    may_use_palette: bool
    may_use_jbig2: bool


def encode_exact(picture: Picture, rules: ExactRules) -> Coded:
    """The picture without loss. In gray, it keeps the space it has unless it takes a palette."""
    colours = few_colours(picture, MAX_PALETTE)
    if picture.mode == "L":
        return _gray(picture, colours, rules)
    if rules.may_turn_gray and is_gray(picture) and (colours is None or _is_better_gray(colours)):
        return replace(_gray(Red(picture), colours, replace(rules, may_use_palette=False)), space=Space.DEVICE_GRAY)
    if colours and rules.may_use_palette:
        return _palette(picture, colours, rules)
    return encode_pixels(picture, rules.deflate_level)


def _is_better_gray(colours: Colours) -> bool:
    return len(colours) > MAX_GRAY_PALETTE or list(colours) in BLACK_AND_WHITE


def _gray(picture: Picture, levels: Colours | None, rules: ExactRules) -> Coded:
    bits = bits_for([level for level, *_ in levels]) if levels else 8
    if bits == 1:
        flate = encode_gray_levels(picture, 1, rules.deflate_level)
        return _smaller(
            flate, encode_bilevel(gray_levels_of(picture, 1), *picture.size, may_use_jbig2=rules.may_use_jbig2)
        )
    if levels and rules.may_use_palette and len(levels) <= MAX_GRAY_PALETTE:
        return _palette(picture, levels, rules)
    return (
        encode_gray_levels(picture, bits, rules.deflate_level)
        if bits < 8
        else encode_pixels(picture, rules.deflate_level)
    )


def _palette(picture: Picture, colours: Colours, rules: ExactRules) -> Coded:
    flate = encode_palette(picture, colours, rules.deflate_level)
    if len(colours) != 2:
        return flate
    bits = encode_bilevel(indexes_of(picture, colours, 1), *picture.size, may_use_jbig2=rules.may_use_jbig2)
    return _smaller(flate, replace(bits, space=Space.PALETTE, palette=flate.palette, colours=2))


def _smaller(one: Coded, other: Coded) -> Coded:
    return min(one, other, key=lambda coded: len(coded.data))
