/* Generic regions (T.88, 6.2): every pixel coded in the context of its neighbours. */
#ifndef BULKPRESS_JBIG2_GENERIC_REGION_H
#define BULKPRESS_JBIG2_GENERIC_REGION_H

#include "bitmap.h"
#include "mq.h"

enum { TEMPLATES = 4, MAX_ADAPTIVE = 4, CONTEXTS = 65536 };

typedef struct {
    int8_t x, y; /* from the pixel that is coded */
} Offset;

/* How a region is coded (6.2.2). Template 0 has four adaptive pixels, the others one. */
typedef struct {
    int template_number;
    int is_typical_predicted; /* TPGDON: a row equal to the one above costs one decision */
    Offset adaptive[MAX_ADAPTIVE];
} RegionStyle;

/* Adaptive pixels of a template, and where they nominally are (figures 3 to 6). */
int adaptive_count(int template_number);
RegionStyle nominal_style(int template_number);

/* Whether every adaptive pixel comes before the one that is coded (6.2.5.4). */
int is_legal_style(const RegionStyle *style);

typedef enum { REGION_OK, REGION_OUT_OF_MEMORY, REGION_ENDS_EARLY } RegionResult;

enum { TRAILING_BYTES = 8 }; /* a decoder reads ahead, but no more than this behind the end of sound data */

static inline int has_data(const MqDecoder *mq)
{
    return mq->missing_bytes <= TRAILING_BYTES;
}

/* Code `bitmap` with CONTEXTS contexts that other bitmaps may have been coded with before. */
void encode_rows(const Bitmap *bitmap, const RegionStyle *style, MqEncoder *mq, MqContext *contexts);

/* Fill the blank `bitmap`; it stays blank from where data is missing. */
void decode_rows(Bitmap *bitmap, const RegionStyle *style, MqDecoder *mq, MqContext *contexts);

/* Code `bitmap` as data that starts at mq->bytes[1]; the caller frees `mq`, also after a failure. */
RegionResult encode_region(const Bitmap *bitmap, const RegionStyle *style, MqEncoder *mq);

/* Fill the blank `bitmap` from data. A style must be legal. */
RegionResult decode_region(Bitmap *bitmap, const RegionStyle *style, const uint8_t *data, size_t length);

#endif
