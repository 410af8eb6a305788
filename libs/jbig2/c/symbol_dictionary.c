/* Symbols of one height after the other, in each the differences of their widths (6.5.5). */
#include "symbol_dictionary.h"

#include <stdlib.h>

#include "integers.h"

typedef struct {
    IntegerCoder height, width, export; /* IADH, IADW, IAEX */
    MqContext pixels[CONTEXTS];
} Coders;

static void encode_height_class(const Symbols *symbols, uint32_t *at, const RegionStyle *style, MqEncoder *mq,
                                Coders *coders)
{
    const uint32_t height = symbols->list[*at].height;
    uint32_t width = 0;
    for (; *at < symbols->count && symbols->list[*at].height == height; (*at)++) {
        const Bitmap *symbol = &symbols->list[*at];
        encode_integer(mq, &coders->width, (int32_t)(symbol->width - width));
        width = symbol->width;
        encode_rows(symbol, style, mq, coders->pixels);
    }
    encode_out_of_band(mq, &coders->width);
}

RegionResult encode_symbols(const Symbols *symbols, const RegionStyle *style, MqEncoder *mq)
{
    uint32_t height = 0;
    Coders *coders = calloc(1, sizeof *coders);
    if (mq_encoder_start(mq) < 0 || coders == NULL) {
        free(coders);
        return REGION_OUT_OF_MEMORY;
    }
    for (uint32_t i = 0; i < symbols->count;) {
        encode_integer(mq, &coders->height, (int32_t)(symbols->list[i].height - height));
        height = symbols->list[i].height;
        encode_height_class(symbols, &i, style, mq, coders);
    }
    encode_integer(mq, &coders->export, 0); /* none is left out, then all are exported (6.5.10) */
    encode_integer(mq, &coders->export, (int32_t)symbols->count);
    mq_encoder_flush(mq);
    free(coders);
    return mq->is_out_of_memory ? REGION_OUT_OF_MEMORY : REGION_OK;
}

typedef struct {
    Symbols *symbols;
    uint32_t count; /* that there must be */
    const RegionStyle *style;
    MqDecoder mq;
    Coders *coders;
    uint64_t *pixels_left;
} Reader;

static RegionResult decode_symbol(Reader *reader, uint32_t width, uint32_t height)
{
    const uint64_t pixels = (uint64_t)width * height;
    if (reader->symbols->count == reader->count || pixels > *reader->pixels_left)
        return REGION_ENDS_EARLY;
    *reader->pixels_left -= pixels;
    Bitmap *symbol = symbols_add(reader->symbols, width, height);
    if (symbol == NULL)
        return REGION_OUT_OF_MEMORY;
    decode_rows(symbol, reader->style, &reader->mq, reader->coders->pixels);
    return has_data(&reader->mq) ? REGION_OK : REGION_ENDS_EARLY;
}

static RegionResult decode_height_class(Reader *reader, uint32_t height)
{
    int64_t width = 0;
    for (;;) {
        int32_t step;
        const IntegerResult read = decode_integer(&reader->mq, &reader->coders->width, &step);
        if (read == INTEGER_OUT_OF_BAND)
            return REGION_OK;
        width += read == INTEGER_VALUE ? step : 0;
        if (read != INTEGER_VALUE || width < 1 || width > MAX_SYMBOL_PX)
            return REGION_ENDS_EARLY;
        const RegionResult result = decode_symbol(reader, (uint32_t)width, height);
        if (result != REGION_OK)
            return result;
    }
}

static int exports_all(Reader *reader)
{
    int32_t left_out, exported;
    return decode_integer(&reader->mq, &reader->coders->export, &left_out) == INTEGER_VALUE && left_out == 0
           && decode_integer(&reader->mq, &reader->coders->export, &exported) == INTEGER_VALUE
           && exported == (int32_t)reader->count;
}

static RegionResult decode_dictionary(Reader *reader)
{
    int64_t height = 0;
    while (reader->symbols->count < reader->count) {
        int32_t step;
        const IntegerResult read = decode_integer(&reader->mq, &reader->coders->height, &step);
        height += read == INTEGER_VALUE ? step : 0;
        if (read != INTEGER_VALUE || height < 1 || height > MAX_SYMBOL_PX || !has_data(&reader->mq))
            return REGION_ENDS_EARLY;
        const RegionResult result = decode_height_class(reader, (uint32_t)height);
        if (result != REGION_OK)
            return result;
    }
    return exports_all(reader) ? REGION_OK : REGION_ENDS_EARLY;
}

RegionResult decode_symbols(Symbols *symbols, uint32_t count, const RegionStyle *style, const uint8_t *data,
                            size_t length, uint64_t *pixels_left)
{
    Reader reader = {.symbols = symbols, .count = count, .style = style, .pixels_left = pixels_left};
    *symbols = (Symbols){0};
    reader.coders = calloc(1, sizeof *reader.coders);
    if (reader.coders == NULL)
        return REGION_OUT_OF_MEMORY;
    mq_decoder_start(&reader.mq, data, length);
    const RegionResult result = decode_dictionary(&reader);
    free(reader.coders);
    return result;
}
