/* Nine pixels of the reference around the one that is coded, and four that were coded before it (figure 12). */
#include "refinement.h"

static inline unsigned three_bytes(const uint8_t *at)
{
    return (unsigned)at[-1] << 16 | (unsigned)at[0] << 8 | at[1];
}

/* The pixel `k` of the middle byte between its neighbours. */
static inline unsigned three_pixels(unsigned bytes, int k)
{
    return bytes >> (14 - k) & 7u;
}

/* A row of the reference; below its last row pixels are 0, as they are above its first. */
static const uint8_t *reference_row(const Bitmap *reference, int64_t y)
{
    return bitmap_row(reference, y < reference->height ? y : -1);
}

static inline void walk_row(Bitmap *bitmap, const Bitmap *reference, int64_t y, MqEncoder *encoder, MqDecoder *decoder,
                            MqContext *contexts)
{
    const uint8_t *above = bitmap_row(bitmap, y - 1);
    const uint8_t *rows[3] = {reference_row(reference, y - 1), reference_row(reference, y), reference_row(reference, y + 1)};
    uint8_t *row = bitmap_row(bitmap, y);
    unsigned before = 0;

    for (size_t i = 0; i < bitmap->row_bytes; i++) {
        const unsigned coded = three_bytes(above + i), over = three_bytes(rows[0] + i);
        const unsigned level = three_bytes(rows[1] + i), under = three_bytes(rows[2] + i);
        const size_t left = bitmap->width - 8 * i;
        for (int k = 0; k < (left < 8 ? (int)left : 8); k++) {
            unsigned context = three_pixels(coded, k) << 10 | (before & 1u) << 9;
            context |= three_pixels(over, k) << 6 | three_pixels(level, k) << 3 | three_pixels(under, k);
            if (encoder != NULL) {
                before = row[i] >> (7 - k) & 1u;
                mq_encode(encoder, &contexts[context], before);
            } else {
                before = mq_decode(decoder, &contexts[context]);
                row[i] |= (uint8_t)(before << (7 - k));
            }
        }
    }
}

void encode_refinement(const Bitmap *bitmap, const Bitmap *reference, MqEncoder *mq, MqContext *contexts)
{
    Bitmap same = *bitmap; /* encoding writes nothing into it */
    for (uint32_t y = 0; y < bitmap->height; y++)
        walk_row(&same, reference, y, mq, NULL, contexts);
}

void decode_refinement(Bitmap *bitmap, const Bitmap *reference, MqDecoder *mq, MqContext *contexts)
{
    for (uint32_t y = 0; y < bitmap->height; y++)
        walk_row(bitmap, reference, y, NULL, mq, contexts);
}
