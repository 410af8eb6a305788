/* Of some pixels, with what template 0 sees of their neighbours for sure, it is counted how well one more pixel would
 * tell them: first the one that does best of those that are most often the same (or the opposite), then of these and of
 * the first one's neighbours the one that does best beside it, and so on. All in whole numbers, for any machine to find
 * the same. */
#include "halftone.h"

#include <stdlib.h>
#include <string.h>

#include "bits.h"

enum { FARTHEST_LEFT = 40, FARTHEST_RIGHT = 40, FARTHEST_UP = 24 }; /* dots of 65 lines an inch at 2400 dpi */
enum { SAMPLED_ROWS = 128, SAMPLES = 16384, ALIKE_SAMPLES = 2048 };
enum { PIXELS_PER_CHANGE = 16 }; /* at most, in a row of a halftone; text has more, for it has spaces and margins */
enum { FIXED_PIXELS = 12, ALIKE = 12, NEIGHBOURS_ACROSS = 4, NEIGHBOURS_UP = 2 };
enum { MAX_CANDIDATES = ALIKE + (2 * NEIGHBOURS_ACROSS + 1) * (2 * NEIGHBOURS_UP + 1) + MAX_ADAPTIVE };
enum { BIT = 256, CONTEXT_COST = 4 * BIT }; /* costs are in parts of a bit; what a context takes until it has learnt */

static const Offset FIXED[FIXED_PIXELS] = {{-1, 0}, {-2, 0}, {-3, 0}, {-4, 0}, {-2, -1}, {-1, -1},
                                           {0, -1}, {1, -1}, {2, -1}, {-1, -2}, {0, -2}, {1, -2}};

typedef struct {
    uint32_t x, y;
    uint16_t context; /* the fixed pixels and the adaptive ones chosen so far */
    uint8_t pixel;
} Sample;

typedef struct {
    const Bitmap *bitmap;
    uint32_t count;
    Sample samples[SAMPLES];
    uint32_t times_log[SAMPLES + 1]; /* n * log2(n) */
    uint16_t counts[2 * CONTEXTS];   /* of each context, followed by a 0 and by a 1 */
} Search;

/* A step on of `distance` on average, and never in step with dots; for the same `random` the same. */
static uint32_t next_step(uint32_t *random, uint32_t distance)
{
    *random = *random * 1664525u + 1013904223u;
    return 1 + (*random >> 8) % (2 * distance - 1);
}

int looks_like_halftone(const Bitmap *bitmap)
{
    const uint32_t step = bitmap->height / SAMPLED_ROWS + 1;
    uint32_t random = 1;
    uint64_t changes = 0, rows = 0;
    if (bitmap->height <= 2 * FARTHEST_UP || bitmap->row_bytes < 16)
        return 0;
    for (uint32_t y = 0; y < bitmap->height; y += next_step(&random, step), rows++) {
        const uint8_t *row = bitmap_row(bitmap, y);
        for (size_t i = 0; i < bitmap->row_bytes; i++)
            changes += ones((row[i] ^ (row[i] >> 1 | (unsigned)row[(ptrdiff_t)i - 1] << 7)) & 0xFFu);
    }
    return changes * PIXELS_PER_CHANGE > rows * bitmap->width;
}

static unsigned pixel_at(const Bitmap *bitmap, const Sample *sample, Offset offset)
{
    const size_t x = (size_t)((ptrdiff_t)sample->x + offset.x + 8 * MARGIN_BYTES);
    return (bitmap_row(bitmap, (int64_t)sample->y + offset.y)[(ptrdiff_t)(x / 8) - MARGIN_BYTES] >> (7 - x % 8)) & 1u;
}

/* n * log2(n) by squaring: the mantissa of n doubles its logarithm each time, and what it passes 2 is the next bit. */
static uint32_t times_log2(uint32_t n)
{
    uint64_t log = 0, mantissa = (uint64_t)n << 16;
    while (mantissa >= (uint64_t)2 << 16) {
        mantissa >>= 1;
        log += BIT;
    }
    for (unsigned part = BIT / 2; part > 0; part /= 2) {
        mantissa = mantissa * mantissa >> 16;
        if (mantissa >= (uint64_t)2 << 16) {
            mantissa >>= 1;
            log += part;
        }
    }
    return (uint32_t)(log * n);
}

/* Pixels all over the bitmap. */
static void take_samples(Search *search)
{
    const Bitmap *bitmap = search->bitmap;
    const uint32_t usable = bitmap->height - FARTHEST_UP, step = usable / SAMPLED_ROWS + 1;
    const uint32_t distance = (uint32_t)((uint64_t)bitmap->width * (usable / step + 1) / SAMPLES) + 1;
    uint32_t random = 1;
    for (uint32_t y = FARTHEST_UP; y < bitmap->height; y += next_step(&random, step))
        for (uint64_t x = 0; x < bitmap->width && search->count < SAMPLES;) {
            Sample sample = {(uint32_t)x, y, 0, 0};
            for (int i = 0; i < FIXED_PIXELS; i++)
                sample.context = (uint16_t)(sample.context << 1 | pixel_at(bitmap, &sample, FIXED[i]));
            sample.pixel = (uint8_t)pixel_at(bitmap, &sample, (Offset){0, 0});
            search->samples[search->count++] = sample;
            x += next_step(&random, distance);
        }
}

/* What the samples take if the pixel at `offset` is one more of their context, `bits` long without it. */
static uint64_t cost_with(Search *search, Offset offset, unsigned bits)
{
    uint64_t cost = 0;
    memset(search->counts, 0, sizeof *search->counts << (bits + 2));
    for (uint32_t i = 0; i < search->count; i++) {
        const Sample *sample = &search->samples[i];
        const unsigned context = (unsigned)sample->context << 1 | pixel_at(search->bitmap, sample, offset);
        search->counts[2 * context + sample->pixel]++;
    }
    for (unsigned context = 0; context < 2u << bits; context++) {
        const uint32_t zeros = search->counts[2 * context], set = search->counts[2 * context + 1];
        if (zeros + set > 0)
            cost += CONTEXT_COST + search->times_log[zeros + set] - search->times_log[zeros] - search->times_log[set];
    }
    return cost;
}

static int is_before(Offset offset)
{
    return offset.y < 0 || (offset.y == 0 && offset.x < 0);
}

static int is_within_reach(int x, int y)
{
    return x >= -FARTHEST_LEFT && x <= FARTHEST_RIGHT && y >= -FARTHEST_UP && is_before((Offset){(int8_t)x, (int8_t)y});
}

static int is_fixed(Offset offset)
{
    for (int i = 0; i < FIXED_PIXELS; i++)
        if (FIXED[i].x == offset.x && FIXED[i].y == offset.y)
            return 1;
    return 0;
}

/* In how many samples the pixel at `offset` is the same, or in how many the opposite, whichever is less. */
static uint32_t doubt_at(const Search *search, Offset offset)
{
    uint32_t count = 0, differing = 0;
    for (uint32_t i = 0; i < search->count; i += search->count / ALIKE_SAMPLES + 1, count++)
        differing += search->samples[i].pixel ^ pixel_at(search->bitmap, &search->samples[i], offset);
    return differing < count - differing ? differing : count - differing;
}

/* The places with the least doubt, least first. */
static int find_alike(const Search *search, Offset *alike)
{
    uint32_t doubts[ALIKE];
    int found = 0;
    for (int y = 0; y >= -FARTHEST_UP; y--)
        for (int x = -FARTHEST_LEFT; x <= FARTHEST_RIGHT; x++) {
            const Offset offset = {(int8_t)x, (int8_t)y};
            if (!is_before(offset) || is_fixed(offset))
                continue;
            const uint32_t doubt = doubt_at(search, offset);
            int at = found < ALIKE ? found++ : ALIKE;
            for (; at > 0 && doubts[at - 1] > doubt; at--)
                if (at < ALIKE)
                    doubts[at] = doubts[at - 1], alike[at] = alike[at - 1];
            if (at < ALIKE)
                doubts[at] = doubt, alike[at] = offset;
        }
    return found;
}

static int add_neighbours(Offset of, Offset *candidates, int count)
{
    for (int y = of.y - NEIGHBOURS_UP; y <= of.y + NEIGHBOURS_UP; y++)
        for (int x = of.x - NEIGHBOURS_ACROSS; x <= of.x + NEIGHBOURS_ACROSS; x++)
            if (is_within_reach(x, y) && !is_fixed((Offset){(int8_t)x, (int8_t)y}))
                candidates[count++] = (Offset){(int8_t)x, (int8_t)y};
    return count;
}

static Offset cheapest(Search *search, const Offset *candidates, int count, unsigned bits)
{
    Offset best = candidates[0];
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < count; i++) {
        const uint64_t cost = cost_with(search, candidates[i], bits);
        if (cost < least) {
            least = cost;
            best = candidates[i];
        }
    }
    return best;
}

static void choose(Search *search, RegionStyle *style)
{
    Offset candidates[MAX_CANDIDATES];
    int count = find_alike(search, candidates);
    memcpy(candidates + count, style->adaptive, sizeof style->adaptive);
    count += MAX_ADAPTIVE;
    for (unsigned i = 0; i < MAX_ADAPTIVE; i++) {
        const Offset best = cheapest(search, candidates, count, FIXED_PIXELS + i);
        style->adaptive[i] = best;
        for (uint32_t k = 0; k < search->count; k++) {
            Sample *sample = &search->samples[k];
            sample->context = (uint16_t)(sample->context << 1 | pixel_at(search->bitmap, sample, best));
        }
        if (i == 0)
            count = add_neighbours(best, candidates, count);
    }
}

RegionStyle halftone_style(const Bitmap *bitmap)
{
    RegionStyle style = nominal_style(0);
    Search *search = malloc(sizeof *search);
    if (search == NULL)
        return style;
    search->bitmap = bitmap;
    search->count = 0;
    search->times_log[0] = 0;
    for (uint32_t n = 1; n <= SAMPLES; n++)
        search->times_log[n] = times_log2(n);
    take_samples(search);
    if (search->count > 0)
        choose(search, &style);
    free(search);
    return style;
}
