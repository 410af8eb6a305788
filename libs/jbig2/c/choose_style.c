/* Coding is so fast that trying is the surest way to know: every template at its nominal places; and for halftones,
 * whose dots come again at a distance that no template spans, template 0 with an adaptive pixel at that distance. */
#include "choose_style.h"

#include <string.h>

#include "bits.h"

enum { ADAPTIVE_BYTES = 2 };
enum { FARTHEST_LEFT = 40, FARTHEST_RIGHT = 40, FARTHEST_UP = 24 }; /* dots of 65 lines an inch at 2400 dpi */
enum { SAMPLED_ROWS = 48, SAMPLED_BYTES = 256 };
enum { NEAR_PX = 3 }; /* what template 0 sees anyway: so far to the left and right, and two rows up */
enum { HALFTONE_PIXELS_PER_BYTE = 128 }; /* most text takes less than a sixteenth of a bit for a pixel */

typedef struct {
    RegionStyle style;
    MqEncoder mq;
} Trial;

static size_t trial_bytes(const Trial *trial)
{
    return trial->mq.length + ADAPTIVE_BYTES * (size_t)adaptive_count(trial->style.template_number);
}

/* Encode in `style` and keep the smaller of this and `best`, which may be empty. */
static RegionResult attempt(const Bitmap *bitmap, const RegionStyle *style, Trial *best)
{
    Trial trial = {.style = *style};
    const RegionResult result = encode_region(bitmap, style, &trial.mq);
    if (result == REGION_OK && (best->mq.bytes == NULL || trial_bytes(&trial) < trial_bytes(best))) {
        mq_encoder_free(&best->mq);
        *best = trial;
    } else {
        mq_encoder_free(&trial.mq);
    }
    return result;
}

/* 56 pixels of a row from `x` on, which may lie in the margin. */
static uint64_t pixels_at(const uint8_t *row, ptrdiff_t x)
{
    const size_t at = (size_t)(x + 8 * MARGIN_BYTES);
    const uint8_t *bytes = row - MARGIN_BYTES + at / 8;
    uint64_t bits = 0;
    for (int i = 0; i < 8; i++)
        bits = bits << 8 | bytes[i];
    return bits << at % 8 >> 8;
}

/* In how many sampled pixels the pixel at `offset` from them differs. */
static uint64_t differences(const Bitmap *bitmap, Offset offset)
{
    const uint32_t usable = bitmap->height - FARTHEST_UP, step = usable / SAMPLED_ROWS + 1;
    const size_t words = (bitmap->row_bytes < SAMPLED_BYTES ? bitmap->row_bytes : SAMPLED_BYTES) / 7;
    const ptrdiff_t first = (ptrdiff_t)(bitmap->row_bytes / 2 - words * 7 / 2) * 8;
    uint64_t count = 0;
    for (uint32_t y = FARTHEST_UP; y < bitmap->height; y += step) {
        const uint8_t *row = bitmap_row(bitmap, y), *other = bitmap_row(bitmap, (int64_t)y + offset.y);
        for (size_t i = 0; i < words; i++) {
            const ptrdiff_t x = first + 56 * (ptrdiff_t)i;
            count += ones(pixels_at(row, x) ^ pixels_at(other, x + offset.x));
        }
    }
    return count;
}

static int is_near(Offset offset)
{
    return offset.y >= -2 && offset.x >= -NEAR_PX - 1 && offset.x <= NEAR_PX;
}

/* The place outside the template whose pixel is most often the same. */
static Offset most_alike(const Bitmap *bitmap)
{
    Offset best = {-NEAR_PX - 2, 0};
    uint64_t fewest = UINT64_MAX;
    for (int y = 0; y >= -FARTHEST_UP; y--) {
        for (int x = -FARTHEST_LEFT; x <= (y < 0 ? FARTHEST_RIGHT : -1); x++) {
            const Offset offset = {(int8_t)x, (int8_t)y};
            const uint64_t count = is_near(offset) ? UINT64_MAX : differences(bitmap, offset);
            if (count < fewest) {
                fewest = count;
                best = offset;
            }
        }
    }
    return best;
}

static int is_halftone(const Bitmap *bitmap, const Trial *best)
{
    const size_t pixels_of_bytes = best->mq.length * HALFTONE_PIXELS_PER_BYTE;
    return bitmap->height > 2 * FARTHEST_UP && bitmap->row_bytes > 14
           && pixels_of_bytes > (size_t)bitmap->width * bitmap->height;
}

RegionResult encode_smallest(const Bitmap *bitmap, RegionStyle *style, MqEncoder *mq)
{
    Trial best = {0};
    RegionResult result = REGION_OK;

    for (int number = 0; number < TEMPLATES && result == REGION_OK; number++) {
        const RegionStyle nominal = nominal_style(number);
        result = attempt(bitmap, &nominal, &best);
    }
    if (result == REGION_OK && is_halftone(bitmap, &best)) {
        RegionStyle moved = nominal_style(0);
        moved.adaptive[0] = most_alike(bitmap);
        result = attempt(bitmap, &moved, &best);
    }
    *style = best.style;
    *mq = best.mq;
    return result;
}
