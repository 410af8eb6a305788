/* The segments of an image as PDF embeds them: no file header, no end of page or file (ISO 32000-2, 7.4.7). */
#ifndef BULKPRESS_JBIG2_SEGMENTS_H
#define BULKPRESS_JBIG2_SEGMENTS_H

#include "bitmap.h"
#include "generic_region.h"

/* What stands before the region's own data: page information, then the headers of one immediate lossless generic
 * region. At most PREFIX_BYTES; returns how many. */
enum { PREFIX_BYTES = 67 };
size_t write_prefix(uint8_t *out, const Bitmap *bitmap, const RegionStyle *style, uint32_t data_bytes);

typedef enum {
    PAGE_OK,
    PAGE_OUT_OF_MEMORY,
    PAGE_DAMAGED,   /* breaks the standard, or ends early */
    PAGE_OTHER,     /* holds something else than generic regions coded arithmetically */
    PAGE_OTHER_SIZE /* is not as large as asked for */
} PageResult;

/* Decode segments into `page`, which is blank and has the size that the page must have. Regions may cover the page
 * once, so that time follows its pixels and not the number of segments. */
PageResult read_page(Bitmap *page, const uint8_t *data, size_t length);

#endif
