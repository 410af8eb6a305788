/* Coding is so fast that trying is the surest way to know. Few templates need be tried: the larger a bitmap is coded, the
 * larger is the template that pays, since contexts have to learn. */
#include "choose_style.h"

#include "halftone.h"

enum { ADAPTIVE_BYTES = 2 };
enum { SMALL_BYTES = 1 << 16 }; /* what template 0 makes larger, no other makes smaller */
enum { FIRST_TEMPLATES = 3 };   /* number 3 was best for none of some hundreds of images */

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

RegionResult encode_smallest(const Bitmap *bitmap, RegionStyle *style, MqEncoder *mq)
{
    Trial best = {0};
    RegionResult result = REGION_OK;

    for (int number = 0; number < FIRST_TEMPLATES && result == REGION_OK; number++) {
        const RegionStyle nominal = nominal_style(number);
        if (number > 0 && (trial_bytes(&best) > SMALL_BYTES || best.style.template_number < number - 1))
            break; /* a smaller template is best only where the one before it was better than the first */
        result = attempt(bitmap, &nominal, &best);
    }
    if (result == REGION_OK && looks_like_halftone(bitmap)) {
        const RegionStyle moved = halftone_style(bitmap);
        result = attempt(bitmap, &moved, &best);
    }
    *style = best.style;
    *mq = best.mq;
    return result;
}
