/* An image as PDF embeds it: segments of one page, without file header and end of page (ISO 32000-2, 7.4.7). */
#ifndef BULKPRESS_JBIG2_PAGE_H
#define BULKPRESS_JBIG2_PAGE_H

#include "bitmap.h"
#include "generic_region.h"
#include "text.h"

/* A page coded: one generic region, and where that makes it smaller a text region, whose pixels the other leaves out. */
typedef struct {
    uint32_t width, height;
    int is_inverted; /* what is coded is white on black: regions take from a page that starts black */
    RegionStyle style;
    MqEncoder generic;
    uint32_t symbol_count, instance_count; /* 0: no text region */
    RegionStyle symbol_style;
    MqEncoder dictionary, text;
} CodedPage;

typedef enum {
    PAGE_OK,
    PAGE_OUT_OF_MEMORY,
    PAGE_DAMAGED,    /* breaks the standard, or ends early */
    PAGE_OTHER,      /* holds something else than `encode_page` writes */
    PAGE_OTHER_SIZE, /* is not as large as asked for */
} PageResult;

/* Code a page as small as we can, without loss. `bitmap` is used up. The caller frees `page` in any case. */
PageResult encode_page(Bitmap *bitmap, CodedPage *page);
void page_free(CodedPage *page);

/* How many bytes its segments take, UINT64_MAX if one is longer than can be said; and the bytes. */
uint64_t page_length(const CodedPage *page);
void write_page(const CodedPage *page, uint8_t *out);

/* Decode segments into `page`, which is blank and has the size that the page must have. What may be drawn is bounded by
 * its pixels, so that time follows them and not the number of segments or symbols. */
PageResult read_page(Bitmap *page, const uint8_t *data, size_t length);

/* Types of segments (T.88, 7.3), and bits of their flags. */
enum {
    SYMBOL_DICTIONARY = 0,
    IMMEDIATE_TEXT = 6,
    IMMEDIATE_LOSSLESS_TEXT = 7,
    IMMEDIATE_GENERIC = 38,
    IMMEDIATE_LOSSLESS_GENERIC = 39,
    PAGE_INFORMATION = 48,
    END_OF_PAGE = 49,
    END_OF_STRIPE = 50,
    END_OF_FILE = 51,
};
enum { HEADER_BYTES = 11, PAGE_INFORMATION_BYTES = 19, REGION_INFORMATION_BYTES = 17, COUNT_BYTES = 4 };
enum { PAGE_IS_LOSSLESS = 1, PAGE_STARTS_BLACK = 4, PAGE_COMBINES_BY_XOR = COMBINE_XOR << 3, PAGE_REGIONS_SAY_HOW = 0x40 };
enum { REGION_IS_MMR = 1, REGION_IS_TYPICAL = 8, REGION_RESERVED = 0xF0 };           /* 7.4.6.2 */
enum { SYMBOL_TEMPLATE_SHIFT = 10 };                                                 /* 7.4.2.1.1 */
enum { TEXT_IS_REFINED = 2, TEXT_STRIPS_OF_4 = 2 << 2, TEXT_FLAGS = TEXT_IS_REFINED | TEXT_STRIPS_OF_4 }; /* 7.4.3.1.1 */
enum { REFINEMENT_ADAPTIVE_BYTES = 4 };                                              /* all -1: their nominal places */

#endif
