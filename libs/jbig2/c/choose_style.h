/* Which template, and which places for its adaptive pixels, make a bitmap smallest. */
#ifndef BULKPRESS_JBIG2_CHOOSE_STYLE_H
#define BULKPRESS_JBIG2_CHOOSE_STYLE_H

#include "generic_region.h"

/* Encode `bitmap` in the style found best for it, which is put into `style`. The caller frees `mq` in any case. */
RegionResult encode_smallest(const Bitmap *bitmap, RegionStyle *style, MqEncoder *mq);

#endif
