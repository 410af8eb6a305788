/* Shapes of components, as rows of 64-bit words that are quick to compare. */
#ifndef BULKPRESS_JBIG2_SHAPES_H
#define BULKPRESS_JBIG2_SHAPES_H

#include "components.h"

enum { MAX_SHAPE_PX = 192, SHAPE_WORDS = MAX_SHAPE_PX / 64, CENTRE_SCALE = 256 };

typedef struct {
    uint32_t width, height, pixels;
    uint32_t edge;                 /* pairs of neighbours, one above or left of the other, that differ */
    int32_t centre_x, centre_y;    /* of gravity, times CENTRE_SCALE */
    const uint64_t *rows;          /* words_of(width) words each; pixel x is bit x % 64 of word x / 64 */
} Shape;

static inline uint32_t words_of(uint32_t width)
{
    return (width + 63) / 64;
}

/* Whether a component is neither too large nor too small for a shape that is worth to be known again. */
int has_shape(const Component *component);

/* The shape of a component, with its rows in `words`, which has room for MAX_SHAPE_PX * SHAPE_WORDS. */
Shape shape_of(const Components *components, uint32_t index, uint64_t *words);

/* In how many pixels two shapes differ where `other` is moved by (x, y); some number above `limit` if it is more. */
uint32_t shape_difference(const Shape *one, const Shape *other, int32_t x, int32_t y, uint32_t limit);

#endif
