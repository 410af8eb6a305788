/* Segment headers (T.88, 7.2), page information (7.4.8), and the regions that `encode_page` writes, wherever they lie. */
#include <string.h>

#include "page.h"
#include "symbol_dictionary.h"
#include "text_region.h"

enum { DRAWN_PER_PIXEL = 4 }; /* each region is drawn twice, and letters may overlap */

static uint32_t u16_at(const uint8_t *at)
{
    return (uint32_t)at[0] << 8 | at[1];
}

static uint32_t u32_at(const uint8_t *at)
{
    return u16_at(at) << 16 | u16_at(at + 2);
}

typedef struct {
    uint32_t number;
    uint8_t type;
    int reference; /* the segment it refers to, or NO_REFERENCE */
    const uint8_t *data;
    size_t length;
} Segment;

enum { NO_REFERENCE = -1, MAX_NUMBER = 256 }; /* up to it, references take one byte (7.2.5) */

typedef struct {
    Bitmap *page;
    uint64_t pixels_left; /* that may still be drawn */
    Symbols symbols;      /* of the dictionary read last */
    uint32_t dictionary;  /* its number */
    int has_information, has_dictionary;
} Reader;

/* Take the next segment from `at`; where it ends, or NULL if it refers to several others or belongs to another page. */
static const uint8_t *take_segment(const uint8_t *at, const uint8_t *end, Segment *segment)
{
    if (end - at < HEADER_BYTES)
        return NULL;
    const uint8_t flags = at[4], references = at[5] >> 5;
    *segment = (Segment){.number = u32_at(at), .type = flags & 0x3F, .reference = NO_REFERENCE};
    if ((flags & 0x40) || references > 1 || segment->number > MAX_NUMBER || end - at < HEADER_BYTES + references) /* 0x40: a page number of four bytes (7.2.3) */
        return NULL;
    at += 6;
    if (references == 1)
        segment->reference = *at++;
    if (*at > 1)
        return NULL;
    segment->length = u32_at(at + 1);
    segment->data = at + 5;
    if (segment->length > (size_t)(end - segment->data))
        return NULL;
    return segment->data + segment->length;
}

static PageResult read_page_information(Bitmap *page, const Segment *segment)
{
    if (segment->length != PAGE_INFORMATION_BYTES)
        return PAGE_DAMAGED;
    if (u32_at(segment->data) != page->width || u32_at(segment->data + 4) != page->height)
        return PAGE_OTHER_SIZE;
    if (segment->data[16] & PAGE_STARTS_BLACK) {
        Bitmap black;
        if (bitmap_new(&black, page->width, page->height) < 0)
            return PAGE_OUT_OF_MEMORY;
        bitmap_combine(page, &black, 0, 0, COMBINE_XNOR);
        bitmap_free(&black);
    }
    return PAGE_OK;
}

static const uint8_t *take_adaptive(const uint8_t *at, const uint8_t *end, RegionStyle *style)
{
    const int adaptive = adaptive_count(style->template_number);
    if (end - at < 2 * adaptive)
        return NULL;
    for (int i = 0; i < adaptive; i++, at += 2)
        style->adaptive[i] = (Offset){(int8_t)at[0], (int8_t)at[1]};
    return is_legal_style(style) ? at : NULL;
}

/* Read a generic region's template and adaptive pixels; where its data starts, or NULL. */
static const uint8_t *take_style(const uint8_t *at, const uint8_t *end, RegionStyle *style)
{
    if (at >= end)
        return NULL;
    const uint8_t flags = *at++;
    *style = nominal_style(flags >> 1 & 3);
    style->is_typical_predicted = (flags & REGION_IS_TYPICAL) != 0;
    return flags & (REGION_IS_MMR | REGION_RESERVED) ? NULL : take_adaptive(at, end, style);
}

static PageResult page_result(RegionResult result)
{
    return result == REGION_OK ? PAGE_OK : result == REGION_ENDS_EARLY ? PAGE_DAMAGED : PAGE_OUT_OF_MEMORY;
}

static PageResult read_dictionary(Reader *reader, const Segment *segment)
{
    const uint8_t *end = segment->data + segment->length;
    if (reader->has_dictionary || segment->reference != NO_REFERENCE || segment->length < 2)
        return PAGE_OTHER;
    const uint32_t flags = u16_at(segment->data), template_number = flags >> SYMBOL_TEMPLATE_SHIFT & 3;
    RegionStyle style = nominal_style((int)template_number);
    style.is_typical_predicted = 0;
    const uint8_t *at = take_adaptive(segment->data + 2, end, &style);
    if (flags != template_number << SYMBOL_TEMPLATE_SHIFT || at == NULL || end - at < 2 * COUNT_BYTES)
        return PAGE_OTHER;
    const uint32_t exported = u32_at(at), count = u32_at(at + COUNT_BYTES);
    if (exported != count || count > MAX_SYMBOLS)
        return PAGE_OTHER;
    at += 2 * COUNT_BYTES;
    reader->has_dictionary = 1;
    reader->dictionary = segment->number;
    return page_result(decode_symbols(&reader->symbols, count, &style, at, (size_t)(end - at), &reader->pixels_left));
}

static PageResult read_generic(Reader *reader, const uint8_t *at, const uint8_t *end, Bitmap *region)
{
    RegionStyle style;
    (void)reader;
    at = take_style(at, end, &style);
    return at == NULL ? PAGE_OTHER : page_result(decode_region(region, &style, at, (size_t)(end - at)));
}

static PageResult read_text(Reader *reader, const uint8_t *at, const uint8_t *end, Bitmap *region)
{
    static const uint8_t ADAPTIVE[REFINEMENT_ADAPTIVE_BYTES] = {0xFF, 0xFF, 0xFF, 0xFF};
    if (end - at < 2 + REFINEMENT_ADAPTIVE_BYTES + COUNT_BYTES || u16_at(at) != TEXT_FLAGS
        || memcmp(at + 2, ADAPTIVE, sizeof ADAPTIVE) != 0)
        return PAGE_OTHER;
    at += 2 + REFINEMENT_ADAPTIVE_BYTES;
    const uint32_t count = u32_at(at);
    at += COUNT_BYTES;
    return page_result(decode_text(region, &reader->symbols, count, at, (size_t)(end - at), &reader->pixels_left));
}

/* Read a region into a bitmap of its own, then draw that into the page. */
static PageResult read_region(Reader *reader, const Segment *segment)
{
    const int is_text = segment->type == IMMEDIATE_TEXT || segment->type == IMMEDIATE_LOSSLESS_TEXT;
    const uint8_t *at = segment->data, *end = segment->data + segment->length;
    Bitmap region, *page = reader->page;

    if (segment->length < REGION_INFORMATION_BYTES)
        return PAGE_DAMAGED;
    const uint32_t width = u32_at(at), height = u32_at(at + 4), x = u32_at(at + 8), y = u32_at(at + 12);
    const uint8_t how = at[16];
    const uint64_t pixels = (uint64_t)width * height;
    if (segment->reference != (is_text && reader->has_dictionary ? (int)reader->dictionary : NO_REFERENCE))
        return PAGE_OTHER;
    if (width == 0 || height == 0 || (uint64_t)x + width > page->width || (uint64_t)y + height > page->height)
        return PAGE_OTHER;
    if (pixels > reader->pixels_left || how > COMBINE_REPLACE || (is_text && !reader->has_dictionary))
        return PAGE_OTHER;
    reader->pixels_left -= pixels;
    if (bitmap_new(&region, width, height) < 0)
        return PAGE_OUT_OF_MEMORY;
    const PageResult result = (is_text ? read_text : read_generic)(reader, at + REGION_INFORMATION_BYTES, end, &region);
    if (result == PAGE_OK)
        bitmap_combine(page, &region, x, y, (Combination)how);
    bitmap_free(&region);
    return result;
}

static PageResult read_segment(Reader *reader, const Segment *segment)
{
    if (segment->type == PAGE_INFORMATION && !reader->has_information) {
        reader->has_information = 1;
        return read_page_information(reader->page, segment);
    }
    if (!reader->has_information)
        return PAGE_OTHER;
    switch (segment->type) {
    case SYMBOL_DICTIONARY: return read_dictionary(reader, segment);
    case IMMEDIATE_TEXT:
    case IMMEDIATE_LOSSLESS_TEXT:
    case IMMEDIATE_GENERIC:
    case IMMEDIATE_LOSSLESS_GENERIC: return read_region(reader, segment);
    case END_OF_STRIPE: return PAGE_OK;
    default: return PAGE_OTHER;
    }
}

PageResult read_page(Bitmap *page, const uint8_t *data, size_t length)
{
    const uint8_t *at = data, *end = data + length;
    Reader reader = {.page = page, .pixels_left = DRAWN_PER_PIXEL * (uint64_t)page->width * page->height};
    PageResult result = PAGE_OK;

    while (result == PAGE_OK && at < end) {
        Segment segment;
        at = take_segment(at, end, &segment);
        if (at == NULL || segment.type == END_OF_PAGE || segment.type == END_OF_FILE) {
            result = at == NULL ? PAGE_OTHER : PAGE_OK;
            break;
        }
        result = read_segment(&reader, &segment);
    }
    symbols_free(&reader.symbols);
    return result == PAGE_OK && !reader.has_information ? PAGE_DAMAGED : result;
}
