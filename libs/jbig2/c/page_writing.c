/* Segment headers (T.88, 7.2), page information (7.4.8), and what stands before the data of each region. */
#include <string.h>

#include "page.h"

enum { NO_REFERENCE = -1, FIRST_REFERENCE = 1 << 5 }; /* of segments to one another; counted in the upper three bits */
enum { DICTIONARY_NUMBER = 1 };

static uint8_t *put_u16(uint8_t *out, uint32_t value)
{
    *out++ = (uint8_t)(value >> 8);
    *out++ = (uint8_t)value;
    return out;
}

static uint8_t *put_u32(uint8_t *out, uint32_t value)
{
    return put_u16(put_u16(out, value >> 16), value);
}

static uint8_t *put_header(uint8_t *out, uint32_t number, uint8_t type, int reference, size_t length)
{
    out = put_u32(out, number);
    *out++ = type;
    *out++ = reference == NO_REFERENCE ? 0 : FIRST_REFERENCE;
    if (reference != NO_REFERENCE)
        *out++ = (uint8_t)reference;
    *out++ = 1; /* belongs to page 1 */
    return put_u32(out, (uint32_t)length);
}

static uint8_t *put_adaptive(uint8_t *out, const RegionStyle *style)
{
    for (int i = 0; i < adaptive_count(style->template_number); i++) {
        *out++ = (uint8_t)style->adaptive[i].x;
        *out++ = (uint8_t)style->adaptive[i].y;
    }
    return out;
}

static uint8_t *put_region_information(uint8_t *out, const CodedPage *page)
{
    out = put_u32(put_u32(out, page->width), page->height);
    out = put_u32(put_u32(out, 0), 0); /* at the top left */
    *out++ = page->is_inverted ? COMBINE_XOR : COMBINE_OR;
    return out;
}

static size_t data_length(const MqEncoder *mq)
{
    return mq->length - 1;
}

static uint8_t *put_data(uint8_t *out, const MqEncoder *mq)
{
    memcpy(out, mq->bytes + 1, data_length(mq));
    return out + data_length(mq);
}

static size_t adaptive_bytes(const RegionStyle *style)
{
    return 2 * (size_t)adaptive_count(style->template_number);
}

static size_t dictionary_length(const CodedPage *page)
{
    return 2 + adaptive_bytes(&page->symbol_style) + 2 * COUNT_BYTES + data_length(&page->dictionary);
}

static size_t text_length(const CodedPage *page)
{
    return REGION_INFORMATION_BYTES + 2 + REFINEMENT_ADAPTIVE_BYTES + COUNT_BYTES + data_length(&page->text);
}

static size_t generic_length(const CodedPage *page)
{
    return REGION_INFORMATION_BYTES + 1 + adaptive_bytes(&page->style) + data_length(&page->generic);
}

uint64_t page_length(const CodedPage *page)
{
    uint64_t length = HEADER_BYTES + PAGE_INFORMATION_BYTES + HEADER_BYTES + (uint64_t)generic_length(page);
    if (page->symbol_count > 0)
        length += HEADER_BYTES + dictionary_length(page) + HEADER_BYTES + 1 + text_length(page);
    return length > UINT32_MAX ? UINT64_MAX : length;
}

static uint8_t *put_page_information(uint8_t *out, const CodedPage *page)
{
    out = put_header(out, 0, PAGE_INFORMATION, NO_REFERENCE, PAGE_INFORMATION_BYTES);
    out = put_u32(put_u32(out, page->width), page->height);
    out = put_u32(put_u32(out, 0), 0); /* resolution unknown */
    *out++ = PAGE_IS_LOSSLESS
             | (page->is_inverted ? PAGE_STARTS_BLACK | PAGE_COMBINES_BY_XOR | PAGE_REGIONS_SAY_HOW : 0);
    return put_u16(out, 0); /* not striped */
}

static uint8_t *put_text(uint8_t *out, const CodedPage *page)
{
    out = put_header(out, DICTIONARY_NUMBER, SYMBOL_DICTIONARY, NO_REFERENCE, dictionary_length(page));
    out = put_u16(out, (uint32_t)page->symbol_style.template_number << SYMBOL_TEMPLATE_SHIFT);
    out = put_adaptive(out, &page->symbol_style);
    out = put_u32(put_u32(out, page->symbol_count), page->symbol_count); /* exported, new */
    out = put_data(out, &page->dictionary);

    out = put_header(out, DICTIONARY_NUMBER + 1, IMMEDIATE_LOSSLESS_TEXT, DICTIONARY_NUMBER, text_length(page));
    out = put_u16(put_region_information(out, page), TEXT_FLAGS);
    memset(out, -1, REFINEMENT_ADAPTIVE_BYTES);
    out = put_u32(out + REFINEMENT_ADAPTIVE_BYTES, page->instance_count);
    return put_data(out, &page->text);
}

void write_page(const CodedPage *page, uint8_t *out)
{
    out = put_page_information(out, page);
    if (page->symbol_count > 0)
        out = put_text(out, page);
    out = put_header(out, page->symbol_count > 0 ? DICTIONARY_NUMBER + 2 : 1, IMMEDIATE_LOSSLESS_GENERIC, NO_REFERENCE,
                     generic_length(page));
    out = put_region_information(out, page);
    *out++ = (uint8_t)(page->style.template_number << 1 | (page->style.is_typical_predicted ? REGION_IS_TYPICAL : 0));
    put_data(put_adaptive(out, &page->style), &page->generic);
}
