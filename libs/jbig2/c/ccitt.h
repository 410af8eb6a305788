/* CCITT facsimile coding, read only: group 3 in one and two dimensions (ITU-T T.4), group 4 (T.6). */
#ifndef BULKPRESS_JBIG2_CCITT_H
#define BULKPRESS_JBIG2_CCITT_H

#include "bitmap.h"

/* Of the parameters in ISO 32000-2, table 11, those that data does not tell of itself. */
typedef struct {
    long k;              /* below 0: group 4; 0: group 3, one dimension; above 0: group 3, each row says which */
    int is_byte_aligned; /* EncodedByteAlign */
} CcittStyle;

typedef enum { CCITT_OK, CCITT_OUT_OF_MEMORY, CCITT_DAMAGED } CcittResult;

/* Make the tables of codes; once, before anything is decoded. */
void ccitt_start(void);

/* Fill the blank `bitmap`. Strict: a row that is not exactly as long as the bitmap is wide, or is missing, is damage. */
CcittResult ccitt_decode(Bitmap *bitmap, const CcittStyle *style, const uint8_t *data, size_t length);

#endif
