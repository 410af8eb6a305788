/* Symbol dictionaries (T.88, 6.5): arithmetically coded, each symbol by itself as a generic region, all exported. */
#ifndef BULKPRESS_JBIG2_SYMBOL_DICTIONARY_H
#define BULKPRESS_JBIG2_SYMBOL_DICTIONARY_H

#include "generic_region.h"
#include "text.h"

/* Code symbols, sorted by height and width, as data that starts at mq->bytes[1]; the caller frees `mq` in any case. */
RegionResult encode_symbols(const Symbols *symbols, const RegionStyle *style, MqEncoder *mq);

/* Read `count` symbols, of at most `*pixels_left` pixels, which are taken off it. The caller frees `symbols`. */
RegionResult decode_symbols(Symbols *symbols, uint32_t count, const RegionStyle *style, const uint8_t *data,
                            size_t length, uint64_t *pixels_left);

#endif
