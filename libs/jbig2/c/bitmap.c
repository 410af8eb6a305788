/* Bitmaps: their memory, PDF's way of writing them, and one drawn into another. */
#include "bitmap.h"

#include <stdlib.h>
#include <string.h>

#include "bits.h"

int bitmap_new(Bitmap *bitmap, uint32_t width, uint32_t height)
{
    *bitmap = (Bitmap){.width = width, .height = height};
    if (width == 0 || height == 0 || width > MAX_SIDE_PX || height > MAX_SIDE_PX)
        return -1;
    bitmap->row_bytes = ((size_t)width + 7) / 8;
    bitmap->stride = bitmap->row_bytes + 2 * MARGIN_BYTES;
    if (bitmap->stride > PTRDIFF_MAX / ((size_t)height + BLANK_ROWS))
        return -1;
    bitmap->memory = calloc((size_t)height + BLANK_ROWS, bitmap->stride);
    return bitmap->memory == NULL ? -1 : 0;
}

void bitmap_free(Bitmap *bitmap)
{
    free(bitmap->memory);
    bitmap->memory = NULL;
}

Bitmap bitmap_band(const Bitmap *bitmap, uint32_t first, uint32_t height)
{
    Bitmap band = *bitmap;
    band.memory += first * bitmap->stride;
    band.height = height;
    return band;
}

static uint8_t last_byte_mask(const Bitmap *bitmap)
{
    return (uint8_t)(0xFF << ((8 - bitmap->width % 8) % 8));
}

void bitmap_from_samples(Bitmap *bitmap, const uint8_t *samples)
{
    for (uint32_t y = 0; y < bitmap->height; y++) {
        uint8_t *row = bitmap_row(bitmap, y);
        for (size_t i = 0; i < bitmap->row_bytes; i++)
            row[i] = (uint8_t)~samples[i];
        row[bitmap->row_bytes - 1] &= last_byte_mask(bitmap);
        samples += bitmap->row_bytes;
    }
}

void bitmap_to_samples(const Bitmap *bitmap, uint8_t *samples)
{
    for (uint32_t y = 0; y < bitmap->height; y++) {
        const uint8_t *row = bitmap_row(bitmap, y);
        for (size_t i = 0; i < bitmap->row_bytes; i++)
            samples[i] = (uint8_t)~row[i];
        samples += bitmap->row_bytes;
    }
}

int bitmap_equals_samples(const Bitmap *bitmap, const uint8_t *samples)
{
    for (uint32_t y = 0; y < bitmap->height; y++) {
        const uint8_t *row = bitmap_row(bitmap, y);
        unsigned differing = (row[bitmap->row_bytes - 1] ^ ~samples[bitmap->row_bytes - 1]) & last_byte_mask(bitmap);
        for (size_t i = 0; i + 1 < bitmap->row_bytes; i++)
            differing |= (row[i] ^ ~samples[i]) & 0xFFu;
        if (differing)
            return 0;
        samples += bitmap->row_bytes;
    }
    return 1;
}

void bitmap_invert(Bitmap *bitmap)
{
    for (uint32_t y = 0; y < bitmap->height; y++) {
        uint8_t *row = bitmap_row(bitmap, y);
        for (size_t i = 0; i < bitmap->row_bytes; i++)
            row[i] = (uint8_t)~row[i];
        row[bitmap->row_bytes - 1] &= last_byte_mask(bitmap);
    }
}

uint64_t bitmap_count_black(const Bitmap *bitmap)
{
    uint64_t count = 0;
    for (uint32_t y = 0; y < bitmap->height; y++) {
        const uint8_t *row = bitmap_row(bitmap, y);
        for (size_t i = 0; i < bitmap->row_bytes; i += 8) { /* at worst into the margin, which is blank */
            uint64_t word;
            memcpy(&word, row + i, sizeof word);
            count += ones(word);
        }
    }
    return count;
}

/* `new` over `old` where `mask` is 1. */
static uint8_t combined(uint8_t old, uint8_t new, uint8_t mask, Combination how)
{
    uint8_t result = new;
    if (how == COMBINE_OR)
        result = old | new;
    else if (how == COMBINE_AND)
        result = old & new;
    else if (how == COMBINE_XOR)
        result = old ^ new;
    else if (how == COMBINE_XNOR)
        result = (uint8_t)~(old ^ new);
    return (uint8_t)((old & ~mask) | (result & mask));
}

void bitmap_combine(Bitmap *page, const Bitmap *region, uint32_t x, uint32_t y, Combination how)
{
    const unsigned shift = x % 8;
    for (uint32_t i = 0; i < region->height; i++) {
        const uint8_t *from = bitmap_row(region, i);
        uint8_t *to = bitmap_row(page, (int64_t)y + i) + x / 8;
        for (size_t k = 0; k < region->row_bytes; k++) {
            const unsigned all = k + 1 < region->row_bytes ? 0xFF : last_byte_mask(region);
            const unsigned bits = (unsigned)from[k] << 8 >> shift, mask = all << 8 >> shift;
            to[k] = combined(to[k], (uint8_t)(bits >> 8), (uint8_t)(mask >> 8), how);
            to[k + 1] = combined(to[k + 1], (uint8_t)bits, (uint8_t)mask, how); /* at worst in the margin, mask 0 */
        }
    }
}
