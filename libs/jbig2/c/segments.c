/* Segment headers (T.88, 7.2), page information (7.4.8), generic region segments (7.4.6). */
#include "segments.h"

enum {
    IMMEDIATE_GENERIC = 38,
    IMMEDIATE_LOSSLESS_GENERIC = 39,
    PAGE_INFORMATION = 48,
    END_OF_PAGE = 49,
    END_OF_STRIPE = 50,
    END_OF_FILE = 51,
};
enum { HEADER_BYTES = 11, PAGE_INFORMATION_BYTES = 19, REGION_INFORMATION_BYTES = 17 };
enum { PAGE_IS_LOSSLESS = 1, PAGE_STARTS_BLACK = 4 };                  /* 7.4.8.5 */
enum { REGION_IS_MMR = 1, REGION_IS_TYPICAL = 8, REGION_RESERVED = 0xF0 }; /* 7.4.6.2 */

static uint8_t *put_u32(uint8_t *out, uint32_t value)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        *out++ = (uint8_t)(value >> shift);
    return out;
}

static uint32_t u32_at(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static uint8_t *put_header(uint8_t *out, uint32_t number, uint8_t type, uint32_t length)
{
    out = put_u32(out, number);
    *out++ = type;
    *out++ = 0; /* refers to no other segment */
    *out++ = 1; /* belongs to page 1 */
    return put_u32(out, length);
}

size_t write_prefix(uint8_t *out, const Bitmap *bitmap, const RegionStyle *style, uint32_t data_bytes)
{
    const int adaptive = adaptive_count(style->template_number);
    uint8_t *at = put_header(out, 0, PAGE_INFORMATION, PAGE_INFORMATION_BYTES);

    at = put_u32(put_u32(at, bitmap->width), bitmap->height);
    at = put_u32(put_u32(at, 0), 0); /* resolution unknown */
    *at++ = PAGE_IS_LOSSLESS;
    *at++ = 0, *at++ = 0; /* not striped */
    at = put_header(at, 1, IMMEDIATE_LOSSLESS_GENERIC, REGION_INFORMATION_BYTES + 1 + 2 * (uint32_t)adaptive + data_bytes);
    at = put_u32(put_u32(at, bitmap->width), bitmap->height);
    at = put_u32(put_u32(at, 0), 0); /* at the top left */
    *at++ = COMBINE_OR;
    *at++ = (uint8_t)(style->template_number << 1 | (style->is_typical_predicted ? REGION_IS_TYPICAL : 0));
    for (int i = 0; i < adaptive; i++) {
        *at++ = (uint8_t)style->adaptive[i].x;
        *at++ = (uint8_t)style->adaptive[i].y;
    }
    return (size_t)(at - out);
}

typedef struct {
    uint8_t type;
    const uint8_t *data;
    size_t length;
} Segment;

/* Take the next segment from `at`; where it ends, or NULL if it is none that stands alone on page 1. */
static const uint8_t *take_segment(const uint8_t *at, const uint8_t *end, Segment *segment)
{
    if (end - at < HEADER_BYTES)
        return NULL;
    const uint8_t flags = at[4], references = at[5] >> 5, page = at[6];
    *segment = (Segment){flags & 0x3F, at + HEADER_BYTES, u32_at(at + 7)};
    if ((flags & 0x40) || references != 0 || page > 1) /* 0x40: a page number of four bytes (7.2.3) */
        return NULL;
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

/* Read a region's template and adaptive pixels; where its data starts, or NULL. */
static const uint8_t *take_style(const uint8_t *at, const uint8_t *end, RegionStyle *style)
{
    if (at >= end)
        return NULL;
    const uint8_t flags = *at++;
    *style = nominal_style(flags >> 1 & 3);
    style->is_typical_predicted = (flags & REGION_IS_TYPICAL) != 0;
    const int adaptive = adaptive_count(style->template_number);
    if ((flags & (REGION_IS_MMR | REGION_RESERVED)) || end - at < 2 * adaptive)
        return NULL;
    for (int i = 0; i < adaptive; i++, at += 2)
        style->adaptive[i] = (Offset){(int8_t)at[0], (int8_t)at[1]};
    return is_legal_style(style) ? at : NULL;
}

static PageResult read_region(Bitmap *page, const Segment *segment, uint64_t *pixels_left)
{
    RegionStyle style;
    Bitmap region;
    const uint8_t *end = segment->data + segment->length;

    if (segment->length < REGION_INFORMATION_BYTES)
        return PAGE_DAMAGED;
    const uint32_t width = u32_at(segment->data), height = u32_at(segment->data + 4);
    const uint32_t x = u32_at(segment->data + 8), y = u32_at(segment->data + 12);
    const uint8_t how = segment->data[16];
    const uint8_t *data = take_style(segment->data + REGION_INFORMATION_BYTES, end, &style);
    if (data == NULL || how > COMBINE_REPLACE)
        return PAGE_OTHER;
    if (width == 0 || height == 0 || (uint64_t)x + width > page->width || (uint64_t)y + height > page->height)
        return PAGE_OTHER;
    if ((uint64_t)width * height > *pixels_left)
        return PAGE_OTHER;
    *pixels_left -= (uint64_t)width * height;
    if (bitmap_new(&region, width, height) < 0)
        return PAGE_OUT_OF_MEMORY;
    const RegionResult result = decode_region(&region, &style, data, (size_t)(end - data));
    if (result == REGION_OK)
        bitmap_combine(page, &region, x, y, (Combination)how);
    bitmap_free(&region);
    return result == REGION_OK ? PAGE_OK : result == REGION_ENDS_EARLY ? PAGE_DAMAGED : PAGE_OUT_OF_MEMORY;
}

PageResult read_page(Bitmap *page, const uint8_t *data, size_t length)
{
    const uint8_t *at = data, *end = data + length;
    uint64_t pixels_left = (uint64_t)page->width * page->height;
    int has_information = 0, is_over = 0;
    PageResult result = PAGE_OK;

    while (result == PAGE_OK && at < end && !is_over) {
        Segment segment;
        at = take_segment(at, end, &segment);
        if (at == NULL)
            return PAGE_OTHER;
        if (segment.type == PAGE_INFORMATION && !has_information) {
            has_information = 1;
            result = read_page_information(page, &segment);
        } else if ((segment.type == IMMEDIATE_GENERIC || segment.type == IMMEDIATE_LOSSLESS_GENERIC) && has_information) {
            result = read_region(page, &segment, &pixels_left);
        } else if (segment.type == END_OF_PAGE || segment.type == END_OF_FILE) {
            is_over = 1;
        } else if (segment.type != END_OF_STRIPE) {
            result = PAGE_OTHER;
        }
    }
    return result == PAGE_OK && !has_information ? PAGE_DAMAGED : result;
}
