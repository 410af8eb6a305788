/* Symbols out of classes, and the order in which both they and their instances are coded. */
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { SYMBOLS_AT_ONCE = 256, MIN_MEMBERS = 2 };

Bitmap *symbols_add(Symbols *symbols, uint32_t width, uint32_t height)
{
    if (symbols->count == MAX_SYMBOLS || width > MAX_SYMBOL_PX || height > MAX_SYMBOL_PX)
        return NULL;
    if (symbols->count % SYMBOLS_AT_ONCE == 0) {
        Bitmap *more = realloc(symbols->list, (symbols->count + SYMBOLS_AT_ONCE) * sizeof *more);
        if (more == NULL)
            return NULL;
        symbols->list = more;
    }
    Bitmap *symbol = &symbols->list[symbols->count];
    if (bitmap_new(symbol, width, height) < 0)
        return NULL;
    symbols->count++;
    symbols->bytes += ((size_t)height + BLANK_ROWS) * symbol->stride;
    return symbols->bytes > MAX_SYMBOL_BYTES ? NULL : symbol;
}

void symbols_free(Symbols *symbols)
{
    for (uint32_t i = 0; i < symbols->count; i++)
        bitmap_free(&symbols->list[i]);
    free(symbols->list);
    *symbols = (Symbols){0};
}

void text_free(Text *text)
{
    symbols_free(&text->symbols);
    free(text->instances);
    *text = (Text){0};
}

/* A class by its place in the dictionary. */
typedef struct {
    uint32_t width, height, number;
} Place;

static int by_size(const void *one, const void *other)
{
    const Place *a = one, *b = other;
    if (a->height != b->height)
        return a->height < b->height ? -1 : 1;
    if (a->width != b->width)
        return a->width < b->width ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

static int by_strip(const void *one, const void *other)
{
    const Instance *a = one, *b = other;
    const uint32_t strip_a = a->bottom / STRIP_ROWS, strip_b = b->bottom / STRIP_ROWS;
    if (strip_a != strip_b)
        return strip_a < strip_b ? -1 : 1;
    if (a->x != b->x)
        return a->x < b->x ? -1 : 1;
    return a->component < b->component ? -1 : a->component > b->component;
}

/* Add the pixels of a component to counts of a row length of `width`. */
static void count_pixels(const Components *components, const Member *member, const Class *class, uint16_t *counts,
                         uint32_t width)
{
    const Component *component = &components->list[member->component];
    for (uint32_t i = component->first_run; i != NO_RUN; i = components->runs[i].next) {
        const Run *run = &components->runs[i];
        const uint32_t x = run->x0 - component->x0 + (uint32_t)(member->x - class->left);
        const uint32_t y = run->y - component->y0 + (uint32_t)(member->y - class->top);
        for (uint32_t k = 0; k < run->x1 - run->x0; k++)
            if (counts[(size_t)y * width + x + k] < UINT16_MAX)
                counts[(size_t)y * width + x + k]++;
    }
}

/* Black where more than half of the members are. */
static void draw_symbol(const Components *components, const Classes *classes, const Class *class, uint16_t *counts,
                        Bitmap *symbol)
{
    const uint32_t width = symbol->width;
    memset(counts, 0, sizeof *counts * width * symbol->height);
    for (int32_t i = class->last_member; i != NONE; i = classes->members[i].previous)
        count_pixels(components, &classes->members[i], class, counts, width);
    for (uint32_t y = 0; y < symbol->height; y++)
        for (uint32_t x = 0; x < width; x++)
            if (2u * counts[(size_t)y * width + x] > class->member_count)
                bitmap_row(symbol, y)[x / 8] |= (uint8_t)(0x80 >> x % 8);
}

/* List the members of a class. Near the page's edge a symbol may not lie wholly on it: such a member is left out. */
static void add_instances(const Components *components, const Classes *classes, const Class *class, const Bitmap *page,
                          Text *text)
{
    const Bitmap *symbol = &text->symbols.list[text->symbols.count - 1];
    for (int32_t i = class->last_member; i != NONE; i = classes->members[i].previous) {
        const Member *member = &classes->members[i];
        const Component *component = &components->list[member->component];
        const int64_t x = (int64_t)component->x0 - (member->x - class->left);
        const int64_t y = (int64_t)component->y0 - (member->y - class->top);
        if (x >= 0 && y >= 0 && x + symbol->width <= page->width && y + symbol->height <= page->height)
            text->instances[text->instance_count++] = (Instance){member->component, text->symbols.count - 1, (uint32_t)x,
                                                                 (uint32_t)y + symbol->height - 1};
    }
}

static uint32_t places_of(const Classes *classes, Place *places, uint32_t *members)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < classes->count; i++) {
        const Class *class = &classes->list[i];
        const Place place = {(uint32_t)(class->right - class->left), (uint32_t)(class->bottom - class->top), i};
        if (class->member_count < MIN_MEMBERS || place.width > MAX_SYMBOL_PX || place.height > MAX_SYMBOL_PX)
            continue;
        places[count++] = place;
        *members += class->member_count;
    }
    qsort(places, count, sizeof *places, by_size);
    return count;
}

TextResult text_of(const Components *components, const Classes *classes, const Bitmap *page, Text *text)
{
    uint32_t members = 0;
    Place *places = malloc(((size_t)classes->count + 1) * sizeof *places);
    uint16_t *counts = malloc((size_t)MAX_SYMBOL_PX * MAX_SYMBOL_PX * sizeof *counts);
    TextResult result = places == NULL || counts == NULL ? TEXT_OUT_OF_MEMORY : TEXT_OK;
    const uint32_t count = places == NULL ? 0 : places_of(classes, places, &members);

    *text = (Text){.instances = malloc(((size_t)members + 1) * sizeof *text->instances)};
    if (text->instances == NULL)
        result = TEXT_OUT_OF_MEMORY;
    for (uint32_t i = 0; i < count && result == TEXT_OK; i++) {
        const Class *class = &classes->list[places[i].number];
        Bitmap *symbol = symbols_add(&text->symbols, places[i].width, places[i].height);
        if (symbol == NULL) {
            result = TEXT_TOO_LARGE;
            break;
        }
        draw_symbol(components, classes, class, counts, symbol);
        add_instances(components, classes, class, page, text);
    }
    free(places);
    free(counts);
    if (result == TEXT_OK)
        qsort(text->instances, text->instance_count, sizeof *text->instances, by_strip);
    return result;
}
