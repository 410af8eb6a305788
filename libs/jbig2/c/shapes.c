/* Shapes: drawn from runs, measured, compared. */
#include "shapes.h"

#include <string.h>

#include "bits.h"

enum { MIN_PIXELS = 12 }; /* a speck's place takes more bits than the speck */

int has_shape(const Component *component)
{
    return component->x1 - component->x0 <= MAX_SHAPE_PX && component->y1 - component->y0 <= MAX_SHAPE_PX
           && component->pixels >= MIN_PIXELS;
}

/* 64 pixels of a row from `x` on; pixels outside the shape are 0. */
static inline uint64_t pixels_from(const Shape *shape, int32_t y, int32_t x)
{
    if (y < 0 || y >= (int32_t)shape->height)
        return 0;
    const int32_t words = (int32_t)words_of(shape->width), word = x >= 0 ? x / 64 : -((63 - x) / 64);
    const uint64_t *row = shape->rows + (ptrdiff_t)y * words;
    const unsigned shift = (unsigned)(x - 64 * word);
    uint64_t pixels = word >= 0 && word < words ? row[word] >> shift : 0;
    if (shift > 0 && word + 1 >= 0 && word + 1 < words)
        pixels |= row[word + 1] << (64 - shift);
    return pixels;
}

static uint32_t edge_of(const Shape *shape)
{
    uint32_t count = 0;
    for (int32_t y = 0; y <= (int32_t)shape->height; y++)
        for (int32_t x = 0; x <= (int32_t)shape->width; x += 64) {
            const uint64_t pixels = pixels_from(shape, y, x);
            count += ones(pixels ^ pixels_from(shape, y, x - 1)) + ones(pixels ^ pixels_from(shape, y - 1, x));
        }
    return count;
}

static void set_run(uint64_t *row, uint32_t x0, uint32_t x1)
{
    for (uint32_t x = x0; x < x1;) {
        const uint32_t end = x / 64 * 64 + 64 < x1 ? x / 64 * 64 + 64 : x1;
        row[x / 64] |= UINT64_MAX << x % 64 & UINT64_MAX >> (x / 64 * 64 + 64 - end);
        x = end;
    }
}

Shape shape_of(const Components *components, uint32_t index, uint64_t *words)
{
    const Component *component = &components->list[index];
    Shape shape = {component->x1 - component->x0, component->y1 - component->y0, component->pixels, 0, 0, 0, words};
    const uint32_t row_words = words_of(shape.width);
    uint64_t twice_x = 0, sum_y = 0;

    memset(words, 0, sizeof *words * row_words * shape.height);
    for (uint32_t i = component->first_run; i != NO_RUN; i = components->runs[i].next) {
        const Run *run = &components->runs[i];
        const uint32_t x0 = run->x0 - component->x0, x1 = run->x1 - component->x0, y = run->y - component->y0;
        set_run(words + (size_t)y * row_words, x0, x1);
        twice_x += (uint64_t)(x1 - x0) * (x0 + x1 - 1);
        sum_y += (uint64_t)(x1 - x0) * y;
    }
    shape.centre_x = (int32_t)(twice_x * CENTRE_SCALE / 2 / shape.pixels);
    shape.centre_y = (int32_t)(sum_y * CENTRE_SCALE / shape.pixels);
    shape.edge = edge_of(&shape);
    return shape;
}

static int32_t smaller(int32_t one, int32_t other)
{
    return one < other ? one : other;
}

static int32_t larger(int32_t one, int32_t other)
{
    return one > other ? one : other;
}

uint32_t shape_difference(const Shape *one, const Shape *other, int32_t x, int32_t y, uint32_t limit)
{
    const int32_t left = smaller(0, x), right = larger((int32_t)one->width, (int32_t)other->width + x);
    const int32_t top = smaller(0, y), bottom = larger((int32_t)one->height, (int32_t)other->height + y);
    uint32_t count = 0;
    for (int32_t row = top; row < bottom && count <= limit; row++)
        for (int32_t column = left; column < right; column += 64)
            count += ones(pixels_from(one, row, column) ^ pixels_from(other, row - y, column - x));
    return count;
}
