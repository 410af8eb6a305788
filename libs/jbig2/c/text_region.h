/* Text regions (T.88, 6.4): arithmetically coded, symbols at their bottom left corners, each exact or refined. */
#ifndef BULKPRESS_JBIG2_TEXT_REGION_H
#define BULKPRESS_JBIG2_TEXT_REGION_H

#include "generic_region.h"
#include "text.h"

/* Code all instances as data that starts at mq->bytes[1]; the caller frees `mq` in any case. */
RegionResult encode_text(const Text *text, const Components *components, MqEncoder *mq);

/* Draw `count` instances into the blank `region`. Of pixels, at most `*pixels_left` are drawn, and taken off it. */
RegionResult decode_text(Bitmap *region, const Symbols *symbols, uint32_t count, const uint8_t *data, size_t length,
                         uint64_t *pixels_left);

#endif
