/* A bitmap with blank margins, so that templates may look past its edges, where pixels are 0 (T.88, 6.2.5.2). */
#ifndef BULKPRESS_JBIG2_BITMAP_H
#define BULKPRESS_JBIG2_BITMAP_H

#include <stddef.h>
#include <stdint.h>

enum {
    MARGIN_BYTES = 18,         /* on the left and on the right: an adaptive pixel is up to 128 pixels away */
    BLANK_ROWS = 2,            /* above */
    MAX_SIDE_PX = 0x3FFFFFFF,  /* of width and height, so that sums of them fit */
};

/* 1 is black. Bits behind the last pixel of a row are 0. */
typedef struct {
    uint8_t *memory;
    size_t stride, row_bytes;
    uint32_t width, height;
} Bitmap;

/* A blank bitmap: 0, or -1 when there is no memory or the sizes are out of range. */
int bitmap_new(Bitmap *bitmap, uint32_t width, uint32_t height);
void bitmap_free(Bitmap *bitmap);

/* The same rows under another name: `first` to `first + height - 1`; it must not be freed. Its rows above are blank
 * only where `first` is 0: good enough to measure on. */
Bitmap bitmap_band(const Bitmap *bitmap, uint32_t first, uint32_t height);

static inline uint8_t *bitmap_row(const Bitmap *bitmap, int64_t y)
{
    return bitmap->memory + (size_t)(y + BLANK_ROWS) * bitmap->stride + MARGIN_BYTES;
}

/* Take over and give back samples as PDF stores them: rows padded to whole bytes, 0 is black (ISO 32000-2, 7.4.7). */
void bitmap_from_samples(Bitmap *bitmap, const uint8_t *samples);
void bitmap_to_samples(const Bitmap *bitmap, uint8_t *samples);

/* Whether its pixels are those of samples, whatever stands behind the last pixel of a row. */
int bitmap_equals_samples(const Bitmap *bitmap, const uint8_t *samples);

/* Black for white and white for black. */
void bitmap_invert(Bitmap *bitmap);
uint64_t bitmap_count_black(const Bitmap *bitmap);

/* Region combination operators (T.88, 7.4.1.5). */
typedef enum { COMBINE_OR, COMBINE_AND, COMBINE_XOR, COMBINE_XNOR, COMBINE_REPLACE } Combination;

/* Draw `region`, which must lie inside, with its top left pixel at (x, y). */
void bitmap_combine(Bitmap *page, const Bitmap *region, uint32_t x, uint32_t y, Combination how);

#endif
