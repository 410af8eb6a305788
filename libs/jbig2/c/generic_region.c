/* One walk over the pixels serves both ways: what differs is whether a decision is put in or taken out. The compiler
 * makes a copy of the walk for each template and way, since both are constants where it is called. */
#include "generic_region.h"

#include <stdlib.h>
#include <string.h>

/* Pixels of a template, as runs in the two rows above and in its own (figures 3 to 6 with nominal adaptive pixels).
 * The context's lowest bits are the pixels before, then come the row above and the row above that, rightmost lowest. */
typedef struct {
    int above2_count, above2_ahead; /* how many pixels, and how many of them lie right of the pixel that is coded */
    int above1_count, above1_ahead;
    int before_count;
    unsigned typical_context; /* for SLTP (figures 8 to 11) */
    int adaptive_count;
    Offset nominal[MAX_ADAPTIVE];
    uint8_t adaptive_bit[MAX_ADAPTIVE]; /* which bit of the context each adaptive pixel is */
} Template;

static const Template TEMPLATE[TEMPLATES] = {
    {5, 2, 7, 3, 4, 0x9B25, 4, {{3, -1}, {-3, -1}, {2, -2}, {-2, -2}}, {4, 10, 11, 15}},
    {4, 2, 6, 3, 3, 0x0795, 1, {{3, -1}}, {3}},
    {3, 1, 5, 2, 2, 0x00E5, 1, {{2, -1}}, {2}},
    {0, 0, 6, 2, 4, 0x0195, 1, {{2, -1}}, {4}},
};

int adaptive_count(int template_number)
{
    return TEMPLATE[template_number].adaptive_count;
}

RegionStyle nominal_style(int template_number)
{
    RegionStyle style = {.template_number = template_number, .is_typical_predicted = 1};
    memcpy(style.adaptive, TEMPLATE[template_number].nominal, sizeof style.adaptive);
    return style;
}

int is_legal_style(const RegionStyle *style)
{
    for (int i = 0; i < adaptive_count(style->template_number); i++) {
        const Offset pixel = style->adaptive[i];
        if (pixel.y > 0 || (pixel.y == 0 && pixel.x >= 0))
            return 0;
    }
    return 1;
}

/* An adaptive pixel that is not where its template has it. */
typedef struct {
    Offset offset;
    unsigned bit;
    const uint8_t *row; /* the row it is in, from 128 pixels left of the first */
} Moved;

typedef struct {
    MqEncoder *encoder; /* one of the two is NULL */
    MqDecoder *decoder;
    MqContext *contexts;
    Moved moved[MAX_ADAPTIVE];
    int moved_count;
} Walk;

static void find_moved(Walk *walk, const RegionStyle *style)
{
    const Template *template = &TEMPLATE[style->template_number];
    for (int i = 0; i < template->adaptive_count; i++) {
        const Offset now = style->adaptive[i], nominal = template->nominal[i];
        if (now.x != nominal.x || now.y != nominal.y)
            walk->moved[walk->moved_count++] = (Moved){now, template->adaptive_bit[i], NULL};
    }
}

static void place_moved(Walk *walk, const Bitmap *bitmap, int64_t y)
{
    for (int i = 0; i < walk->moved_count; i++) {
        const int64_t row = y + walk->moved[i].offset.y;
        walk->moved[i].row = bitmap_row(bitmap, row < 0 ? -1 : row) - 16;
    }
}

static inline unsigned with_moved(const Walk *walk, unsigned context, size_t x)
{
    for (int i = 0; i < walk->moved_count; i++) {
        const Moved *moved = &walk->moved[i];
        const size_t at = (size_t)((ptrdiff_t)x + moved->offset.x + 128);
        const unsigned pixel = (moved->row[at / 8] >> (7 - at % 8)) & 1u;
        context = (context & ~(1u << moved->bit)) | pixel << moved->bit;
    }
    return context;
}

static inline unsigned three_bytes(const uint8_t *at)
{
    return (unsigned)at[-1] << 16 | (unsigned)at[0] << 8 | at[1];
}

/* The `count` pixels of a row that end `ahead` of pixel `k` of the middle byte. */
static inline unsigned run(unsigned bytes, int k, int count, int ahead)
{
    return (bytes >> (15 - k - ahead)) & ((1u << count) - 1);
}

static inline void walk_row(Walk *walk, const Bitmap *bitmap, int64_t y, const Template template, int is_encoding,
                            int has_moved)
{
    MqEncoder encoder = {0}; /* copies, which the compiler can keep in registers */
    MqDecoder decoder = {0};
    MqContext *const contexts = walk->contexts;
    const uint8_t *above2 = bitmap_row(bitmap, y - 2), *above1 = bitmap_row(bitmap, y - 1);
    uint8_t *row = bitmap_row(bitmap, y);
    unsigned before = 0;

    if (is_encoding)
        encoder = *walk->encoder;
    else
        decoder = *walk->decoder;
    for (size_t i = 0; i < bitmap->row_bytes; i++) {
        const unsigned bytes2 = three_bytes(above2 + i), bytes1 = three_bytes(above1 + i);
        const size_t left = bitmap->width - 8 * i;
        const int pixels = left < 8 ? (int)left : 8;
        const unsigned byte = row[i];
        for (int k = 0; k < pixels; k++) {
            unsigned context = run(bytes2, k, template.above2_count, template.above2_ahead);
            context = context << template.above1_count | run(bytes1, k, template.above1_count, template.above1_ahead);
            context = context << template.before_count | (before & ((1u << template.before_count) - 1));
            if (has_moved)
                context = with_moved(walk, context, 8 * i + (size_t)k);
            if (is_encoding) {
                const unsigned pixel = (byte >> (7 - k)) & 1u;
                mq_encode(&encoder, &contexts[context], pixel);
                before = before << 1 | pixel;
            } else {
                const unsigned pixel = mq_decode(&decoder, &contexts[context]);
                before = before << 1 | pixel;
                row[i] |= (uint8_t)(pixel << (7 - k));
            }
        }
    }
    if (is_encoding)
        *walk->encoder = encoder;
    else
        *walk->decoder = decoder;
}

#define WALK(number) \
    do { \
        if (walk->moved_count > 0) \
            walk_row(walk, bitmap, y, TEMPLATE[number], is_encoding, 1); \
        else \
            walk_row(walk, bitmap, y, TEMPLATE[number], is_encoding, 0); \
    } while (0)

static inline void walk_row_of(Walk *walk, const Bitmap *bitmap, int64_t y, int template_number, int is_encoding)
{
    place_moved(walk, bitmap, y);
    switch (template_number) {
    case 0: WALK(0); break;
    case 1: WALK(1); break;
    case 2: WALK(2); break;
    default: WALK(3); break;
    }
}

void encode_rows(const Bitmap *bitmap, const RegionStyle *style, MqEncoder *mq, MqContext *contexts)
{
    Walk walk = {.encoder = mq, .contexts = contexts};
    MqContext *typical = &contexts[TEMPLATE[style->template_number].typical_context];
    unsigned was_typical = 0;

    find_moved(&walk, style);
    for (uint32_t y = 0; y < bitmap->height; y++) {
        if (style->is_typical_predicted) { /* 6.2.5.7 */
            const unsigned is_typical = !memcmp(bitmap_row(bitmap, y), bitmap_row(bitmap, (int64_t)y - 1),
                                                bitmap->row_bytes);
            mq_encode(mq, typical, is_typical ^ was_typical);
            was_typical = is_typical;
            if (is_typical)
                continue;
        }
        walk_row_of(&walk, bitmap, y, style->template_number, 1);
    }
}

void decode_rows(Bitmap *bitmap, const RegionStyle *style, MqDecoder *mq, MqContext *contexts)
{
    Walk walk = {.decoder = mq, .contexts = contexts};
    MqContext *typical = &contexts[TEMPLATE[style->template_number].typical_context];
    unsigned is_typical = 0;

    find_moved(&walk, style);
    for (uint32_t y = 0; y < bitmap->height && has_data(mq); y++) {
        if (style->is_typical_predicted)
            is_typical ^= mq_decode(mq, typical);
        if (is_typical)
            memcpy(bitmap_row(bitmap, y), bitmap_row(bitmap, (int64_t)y - 1), bitmap->row_bytes);
        else
            walk_row_of(&walk, bitmap, y, style->template_number, 0);
    }
}

RegionResult encode_region(const Bitmap *bitmap, const RegionStyle *style, MqEncoder *mq)
{
    MqContext *contexts = calloc(CONTEXTS, sizeof *contexts);
    if (mq_encoder_start(mq) < 0 || contexts == NULL) {
        free(contexts);
        return REGION_OUT_OF_MEMORY;
    }
    encode_rows(bitmap, style, mq, contexts);
    mq_encoder_flush(mq);
    free(contexts);
    return mq->is_out_of_memory ? REGION_OUT_OF_MEMORY : REGION_OK;
}

RegionResult decode_region(Bitmap *bitmap, const RegionStyle *style, const uint8_t *data, size_t length)
{
    MqDecoder mq;
    MqContext *contexts = calloc(CONTEXTS, sizeof *contexts);
    if (contexts == NULL)
        return REGION_OUT_OF_MEMORY;
    mq_decoder_start(&mq, data, length);
    decode_rows(bitmap, style, &mq, contexts);
    free(contexts);
    return has_data(&mq) ? REGION_OK : REGION_ENDS_EARLY;
}
