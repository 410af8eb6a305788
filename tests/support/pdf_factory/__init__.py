"""Makers of real PDFs, small and named for what they make: `pdf_factory.images.photo_jpeg()` gives bytes.

pictures    pixels: photographs and scans                     images      photographs and scans as PDFs
interactive scripts, XFA, multimedia, ...             archival    PDF/A and PDF/X
pages       plain text, many pages, page boxes                colours     every kind of colour space
masks       every kind of mask                                placements  forms, patterns, appearances, duplicates
features    forms, links, outlines, tags, attachments, ...    protection  encrypted
telling     says who made it, in every place that metadata may be in
scans       scans of coloured text, and of what only looks like it
signing     signed; not imported here, because only the tests install what it needs

The same call gives the same bytes, except in `protection` and `signing`.
"""

from collections.abc import Callable, Mapping

from tests.support.pdf_factory import (
    archival,
    colours,
    features,
    images,
    interactive,
    masks,
    pages,
    pictures,
    placements,
    protection,
    scans,
    telling,
)

__all__ = [
    "EVERY_MAKER",
    "archival",
    "colours",
    "features",
    "images",
    "interactive",
    "masks",
    "pages",
    "pictures",
    "placements",
    "protection",
    "scans",
    "telling",
]

EVERY_MAKER: Mapping[str, Callable[[], bytes]] = {
    f"{made.__module__.rpartition('.')[2]}.{made.__name__}": made
    for made in (
        telling.telling,
        telling.named_metadata,
        pages.text,
        pages.uncompressed_text,
        pages.many_pages,
        pages.rotated_and_cropped,
        images.photo_jpeg,
        images.photo_grey_jpeg,
        images.photo_flate,
        images.photo_jpx,
        images.colour_scan,
        images.bilevel_scan_g4,
        images.bilevel_scan_flate,
        colours.cmyk_jpeg,
        colours.cmyk_flate,
        colours.icc_based,
        colours.indexed,
        colours.inverted_by_decode,
        colours.separation,
        colours.device_n,
        colours.lab,
        colours.grey_stored_as_rgb,
        masks.soft_mask,
        masks.flat_soft_mask,
        masks.matte,
        masks.colour_key_mask,
        masks.explicit_mask,
        masks.stencil_mask,
        placements.in_nested_forms,
        placements.in_tiling_pattern,
        placements.in_annotation_appearance,
        placements.same_image_twice,
        placements.small_and_large,
        placements.turned_and_skewed,
        placements.named_but_not_drawn,
        placements.inline_image,
        features.form,
        features.links,
        features.outline,
        features.named_destinations,
        features.tagged,
        features.attachments,
        features.page_labels,
        features.layers,
        features.private_data,
        features.unreferenced_objects,
        features.pdfa_claim,
        interactive.xfa,
        interactive.scripts,
        interactive.portfolio,
        interactive.associated_files,
        interactive.rich_media,
        interactive.articles,
        interactive.slides,
        interactive.captured_web_page,
        interactive.layered_image,
        interactive.dated,
        scans.scan,
        scans.gray_scan,
        scans.searchable_scan,
        scans.shared_scan,
        protection.owner_only,
    )
}
"""All makers whose documents open without a password, as `module.name`."""
