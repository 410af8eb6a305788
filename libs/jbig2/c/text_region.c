/* Strip after strip, in each from left to right: how far on, which row, which symbol, and what differs (6.4.5). */
#include "text_region.h"

#include <stdlib.h>
#include <string.h>

#include "integers.h"
#include "refinement.h"

enum { SIZES = 4 }; /* by which a refined instance could differ from its symbol: width, height, x, y; all are 0 here */

typedef struct {
    IntegerCoder strip, first_x, next_x, row, is_refined, sizes[SIZES]; /* IADT, IAFS, IADS, IAIT, IARI, IARDW .. IARDY */
    MqContext refinement[REFINEMENT_CONTEXTS];
    unsigned id_bits;
    MqContext *ids;
} Coders;

static void coders_free(Coders *coders)
{
    if (coders != NULL)
        free(coders->ids);
    free(coders);
}

static Coders *coders_new(uint32_t symbols)
{
    Coders *coders = calloc(1, sizeof *coders);
    if (coders == NULL)
        return NULL;
    while (((uint32_t)1 << coders->id_bits) < symbols)
        coders->id_bits++;
    coders->ids = calloc((size_t)1 << coders->id_bits, sizeof *coders->ids);
    if (coders->ids == NULL) {
        coders_free(coders);
        return NULL;
    }
    return coders;
}

static int are_equal(const Bitmap *one, const Bitmap *other)
{
    for (uint32_t y = 0; y < one->height; y++)
        if (memcmp(bitmap_row(one, y), bitmap_row(other, y), one->row_bytes) != 0)
            return 0;
    return 1;
}

/* -1 when there is no memory. */
static int encode_pixels(const Instance *instance, const Bitmap *symbol, const Components *components, MqEncoder *mq,
                         Coders *coders)
{
    Bitmap pixels;
    if (bitmap_new(&pixels, symbol->width, symbol->height) < 0)
        return -1;
    component_draw(components, instance->component, &pixels, instance->x, instance->bottom + 1 - symbol->height);
    const int is_refined = !are_equal(&pixels, symbol);
    encode_integer(mq, &coders->is_refined, is_refined);
    if (is_refined) {
        for (int i = 0; i < SIZES; i++)
            encode_integer(mq, &coders->sizes[i], 0);
        encode_refinement(&pixels, symbol, mq, coders->refinement);
    }
    bitmap_free(&pixels);
    return 0;
}

static int encode_strips(const Text *text, const Components *components, MqEncoder *mq, Coders *coders)
{
    uint32_t strip = 0, first_x = 0;
    encode_integer(mq, &coders->strip, 0); /* where strips start */
    for (uint32_t i = 0; i < text->instance_count;) {
        const uint32_t here = text->instances[i].bottom / STRIP_ROWS;
        uint32_t x = text->instances[i].x;
        encode_integer(mq, &coders->strip, (int32_t)(here - strip));
        encode_integer(mq, &coders->first_x, (int32_t)x - (int32_t)first_x);
        strip = here, first_x = x;
        for (uint32_t first = i; i < text->instance_count; i++) {
            const Instance *instance = &text->instances[i];
            const Bitmap *symbol = &text->symbols.list[instance->symbol];
            if (instance->bottom / STRIP_ROWS != strip)
                break;
            if (i > first)
                encode_integer(mq, &coders->next_x, (int32_t)instance->x - (int32_t)x);
            encode_integer(mq, &coders->row, (int32_t)(instance->bottom % STRIP_ROWS));
            encode_id(mq, coders->ids, coders->id_bits, instance->symbol);
            if (encode_pixels(instance, symbol, components, mq, coders) < 0)
                return -1;
            x = instance->x + symbol->width - 1;
        }
        encode_out_of_band(mq, &coders->next_x);
    }
    return 0;
}

RegionResult encode_text(const Text *text, const Components *components, MqEncoder *mq)
{
    Coders *coders = coders_new(text->symbols.count);
    const int has_started = mq_encoder_start(mq) == 0;
    if (!has_started || coders == NULL || encode_strips(text, components, mq, coders) < 0) {
        coders_free(coders);
        return REGION_OUT_OF_MEMORY;
    }
    mq_encoder_flush(mq);
    coders_free(coders);
    return mq->is_out_of_memory ? REGION_OUT_OF_MEMORY : REGION_OK;
}

typedef struct {
    Bitmap *region;
    const Symbols *symbols;
    MqDecoder mq;
    Coders *coders;
    uint64_t *pixels_left;
    uint32_t instances_left;
} Reader;

static RegionResult refine(Reader *reader, const Bitmap *symbol, uint32_t x, uint32_t y)
{
    Bitmap pixels;
    for (int i = 0; i < SIZES; i++) {
        int32_t size;
        if (decode_integer(&reader->mq, &reader->coders->sizes[i], &size) != INTEGER_VALUE || size != 0)
            return REGION_ENDS_EARLY;
    }
    if (bitmap_new(&pixels, symbol->width, symbol->height) < 0)
        return REGION_OUT_OF_MEMORY;
    decode_refinement(&pixels, symbol, &reader->mq, reader->coders->refinement);
    bitmap_combine(reader->region, &pixels, x, y, COMBINE_OR);
    bitmap_free(&pixels);
    return REGION_OK;
}

/* Draw the next instance of a strip; `*x` moves on to its last column. */
static RegionResult draw_instance(Reader *reader, int64_t strip_row, int64_t *x)
{
    int32_t row, is_refined;
    Coders *coders = reader->coders;
    if (decode_integer(&reader->mq, &coders->row, &row) != INTEGER_VALUE || row < 0 || row >= STRIP_ROWS)
        return REGION_ENDS_EARLY;
    const uint32_t id = decode_id(&reader->mq, coders->ids, coders->id_bits);
    if (decode_integer(&reader->mq, &coders->is_refined, &is_refined) != INTEGER_VALUE || id >= reader->symbols->count)
        return REGION_ENDS_EARLY;
    const Bitmap *symbol = &reader->symbols->list[id];
    const int64_t y = strip_row + row + 1 - symbol->height, left = *x;
    const uint64_t pixels = (uint64_t)symbol->width * symbol->height;
    if (left < 0 || y < 0 || left + symbol->width > reader->region->width || y + symbol->height > reader->region->height
        || pixels > *reader->pixels_left || !has_data(&reader->mq) || reader->instances_left == 0)
        return REGION_ENDS_EARLY;
    *reader->pixels_left -= pixels;
    reader->instances_left--;
    *x += symbol->width - 1;
    if (is_refined)
        return refine(reader, symbol, (uint32_t)left, (uint32_t)y);
    bitmap_combine(reader->region, symbol, (uint32_t)left, (uint32_t)y, COMBINE_OR);
    return REGION_OK;
}

/* Draw one strip, whose first instance is at `x`. */
static RegionResult draw_strip(Reader *reader, int64_t strip_row, int64_t x)
{
    for (;;) {
        int32_t step;
        const RegionResult drawn = draw_instance(reader, strip_row, &x);
        if (drawn != REGION_OK)
            return drawn;
        const IntegerResult read = decode_integer(&reader->mq, &reader->coders->next_x, &step);
        if (read == INTEGER_OUT_OF_BAND)
            return REGION_OK;
        if (read != INTEGER_VALUE)
            return REGION_ENDS_EARLY;
        x += step;
    }
}

static RegionResult draw_strips(Reader *reader)
{
    int32_t step, first_x;
    int64_t strip = 0, x = 0;
    if (decode_integer(&reader->mq, &reader->coders->strip, &step) != INTEGER_VALUE)
        return REGION_ENDS_EARLY;
    strip = -(int64_t)step;
    while (reader->instances_left > 0) {
        if (decode_integer(&reader->mq, &reader->coders->strip, &step) != INTEGER_VALUE
            || decode_integer(&reader->mq, &reader->coders->first_x, &first_x) != INTEGER_VALUE)
            return REGION_ENDS_EARLY;
        strip += step;
        x += first_x;
        const RegionResult drawn = draw_strip(reader, strip * STRIP_ROWS, x);
        if (drawn != REGION_OK)
            return drawn;
    }
    return REGION_OK;
}

RegionResult decode_text(Bitmap *region, const Symbols *symbols, uint32_t count, const uint8_t *data, size_t length,
                         uint64_t *pixels_left)
{
    Reader reader = {.region = region, .symbols = symbols, .pixels_left = pixels_left, .instances_left = count};
    reader.coders = coders_new(symbols->count);
    if (reader.coders == NULL)
        return REGION_OUT_OF_MEMORY;
    mq_decoder_start(&reader.mq, data, length);
    const RegionResult result = draw_strips(&reader);
    coders_free(reader.coders);
    return result;
}
