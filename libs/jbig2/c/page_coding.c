/* A page is coded as one generic region; then again with its letters as symbols; the smaller of the two stays. */
#include <string.h>

#include "choose_style.h"
#include "page.h"
#include "symbol_dictionary.h"
#include "text_region.h"

static PageResult page_result(RegionResult result)
{
    return result == REGION_OK ? PAGE_OK : PAGE_OUT_OF_MEMORY;
}

void page_free(CodedPage *page)
{
    mq_encoder_free(&page->generic);
    mq_encoder_free(&page->dictionary);
    mq_encoder_free(&page->text);
}

/* Code `text` and take its components off the bitmap, whose rest is then a generic region. */
static PageResult encode_parts(Bitmap *bitmap, const Components *components, const Text *text, CodedPage *page)
{
    page->symbol_count = text->symbols.count;
    page->instance_count = text->instance_count;
    page->symbol_style = nominal_style(0);
    page->symbol_style.is_typical_predicted = 0; /* as all symbols are coded (6.5.8.1) */
    RegionResult result = encode_symbols(&text->symbols, &page->symbol_style, &page->dictionary);
    if (result == REGION_OK)
        result = encode_text(text, components, &page->text);
    for (uint32_t i = 0; i < text->instance_count; i++)
        component_erase(components, text->instances[i].component, bitmap);
    return page_result(result == REGION_OK ? encode_smallest(bitmap, &page->style, &page->generic) : result);
}

/* Code the letters of a page as symbols. `page` is left without any if there are too few, or so many that they are none. */
static PageResult encode_letters(Bitmap *bitmap, CodedPage *page)
{
    Components components;
    Classes classes = {0};
    Text text = {0};
    PageResult result = PAGE_OK;
    const ComponentsResult found = find_components(bitmap, &components);

    if (found == COMPONENTS_OUT_OF_MEMORY)
        result = PAGE_OUT_OF_MEMORY;
    if (found == COMPONENTS_OK) {
        const uint64_t pixels = (uint64_t)bitmap->width * bitmap->height;
        if (find_classes(&components, pixels, &classes) != CLASSES_OK
            || text_of(&components, &classes, bitmap, &text) == TEXT_OUT_OF_MEMORY)
            result = PAGE_OUT_OF_MEMORY;
        else if (text.symbols.count > 0)
            result = encode_parts(bitmap, &components, &text, page);
    }
    text_free(&text);
    classes_free(&classes);
    components_free(&components);
    return result;
}

PageResult encode_page(Bitmap *bitmap, CodedPage *page)
{
    CodedPage whole = {.width = bitmap->width, .height = bitmap->height}, letters = whole;
    const uint64_t pixels = (uint64_t)bitmap->width * bitmap->height;
    PageResult result = page_result(encode_smallest(bitmap, &whole.style, &whole.generic));

    letters.is_inverted = 2 * bitmap_count_black(bitmap) > pixels;
    if (letters.is_inverted)
        bitmap_invert(bitmap);
    if (result == PAGE_OK)
        result = encode_letters(bitmap, &letters);
    const int is_smaller = result == PAGE_OK && letters.symbol_count > 0 && page_length(&letters) < page_length(&whole);
    *page = is_smaller ? letters : whole;
    page_free(is_smaller ? &whole : &letters);
    return result;
}
