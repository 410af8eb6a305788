/* Rows are kept as the places where the colour changes, the first one to black, and painted when they are whole. */
#include "ccitt.h"

#include <stdlib.h>
#include <string.h>

/* Codes of white and of black runs (T.4, tables 2 and 3a): of 0 to 63 pixels, then of 64, 128 and so on to 1728; and of
 * runs of 1792, 1856 and so on in either colour (table 3b). */
static const char WHITE[] =
    "00110101 000111 0111 1000 1011 1100 1110 1111 10011 10100 00111 01000 001000 000011 110100 110101 101010 "
    "101011 0100111 0001100 0001000 0010111 0000011 0000100 0101000 0101011 0010011 0100100 0011000 00000010 "
    "00000011 00011010 00011011 00010010 00010011 00010100 00010101 00010110 00010111 00101000 00101001 00101010 "
    "00101011 00101100 00101101 00000100 00000101 00001010 00001011 01010010 01010011 01010100 01010101 00100100 "
    "00100101 01011000 01011001 01011010 01011011 01001010 01001011 00110010 00110011 00110100 11011 10010 010111 "
    "0110111 00110110 00110111 01100100 01100101 01101000 01100111 011001100 011001101 011010010 011010011 "
    "011010100 011010101 011010110 011010111 011011000 011011001 011011010 011011011 010011000 010011001 "
    "010011010 011000 010011011";

static const char BLACK[] =
    "0000110111 010 11 10 011 0011 0010 00011 000101 000100 0000100 0000101 0000111 00000100 00000111 000011000 "
    "0000010111 0000011000 0000001000 00001100111 00001101000 00001101100 00000110111 00000101000 00000010111 "
    "00000011000 000011001010 000011001011 000011001100 000011001101 000001101000 000001101001 000001101010 "
    "000001101011 000011010010 000011010011 000011010100 000011010101 000011010110 000011010111 000001101100 "
    "000001101101 000011011010 000011011011 000001010100 000001010101 000001010110 000001010111 000001100100 "
    "000001100101 000001010010 000001010011 000000100100 000000110111 000000111000 000000100111 000000101000 "
    "000001011000 000001011001 000000101011 000000101100 000001011010 000001100110 000001100111 0000001111 "
    "000011001000 000011001001 000001011011 000000110011 000000110100 000000110101 0000001101100 0000001101101 "
    "0000001001010 0000001001011 0000001001100 0000001001101 0000001110010 0000001110011 0000001110100 "
    "0000001110101 0000001110110 0000001110111 0000001010010 0000001010011 0000001010100 0000001010101 "
    "0000001011010 0000001011011 0000001100100 0000001100101";

static const char LONG_RUNS[] =
    "00000001000 00000001100 00000001101 000000010010 000000010011 000000010100 000000010101 000000010110 "
    "000000010111 000000011100 000000011101 000000011110 000000011111";

enum { CODE_BITS = 13, ROW_END_BITS = 11, TERMINATING = 64 };

typedef struct {
    uint8_t bits; /* 0: no code begins so */
    uint16_t run;
} RunCode;

static RunCode run_codes[2][1 << CODE_BITS]; /* white, black; by the bits that come next */

static void add_codes(RunCode *table, const char *codes, unsigned index)
{
    for (const char *at = codes; *at != '\0'; index++) {
        unsigned code = 0, bits = 0;
        for (; *at == '0' || *at == '1'; at++, bits++)
            code = code << 1 | (unsigned)(*at - '0');
        const unsigned run = index < TERMINATING ? index : (index - TERMINATING + 1) * 64, spare = CODE_BITS - bits;
        for (unsigned i = 0; i < 1u << spare; i++)
            table[code << spare | i] = (RunCode){(uint8_t)bits, (uint16_t)run};
        at += *at == ' ';
    }
}

void ccitt_start(void)
{
    add_codes(run_codes[0], WHITE, 0);
    add_codes(run_codes[1], BLACK, 0);
    for (int colour = 0; colour < 2; colour++)
        add_codes(run_codes[colour], LONG_RUNS, TERMINATING + 27);
}

typedef struct {
    const uint8_t *data;
    size_t at, end; /* in bits */
} Bits;

/* The next `count` bits, up to 16; zeros behind the end. */
static unsigned peek(const Bits *bits, unsigned count)
{
    const size_t first = bits->at / 8, length = bits->end / 8;
    uint32_t word = 0;
    for (size_t i = first; i < first + 3; i++)
        word = word << 8 | (i < length ? bits->data[i] : 0u);
    return (word >> (24 - bits->at % 8 - count)) & ((1u << count) - 1);
}

/* Changes of a row. Behind the last come three of the row's width, so that looking for one needs no check. */
typedef struct {
    int32_t *at;
    size_t count;
} Row;

/* Two changes in one place are none: a run of no pixels. */
static void add_change(Row *row, int32_t place)
{
    if (row->count > 0 && row->at[row->count - 1] == place)
        row->count--;
    else
        row->at[row->count++] = place;
}

static void end_row(Row *row, int32_t width)
{
    while (row->count > 0 && row->at[row->count - 1] == width)
        row->count--;
    for (size_t i = 0; i < 3; i++)
        row->at[row->count + i] = width;
}

/* Take a run with all its codes; its pixels, or -1. No more than `room` are taken. */
static int32_t take_run(Bits *bits, int colour, int32_t room)
{
    int32_t pixels = 0;
    for (;;) {
        const RunCode code = run_codes[colour][peek(bits, CODE_BITS)];
        bits->at += code.bits;
        pixels += code.run;
        if (code.bits == 0 || bits->at > bits->end || pixels > room)
            return -1;
        if (code.run < TERMINATING)
            return pixels;
    }
}

static int take_row_in_one_dimension(Bits *bits, Row *row, int32_t width)
{
    int32_t place = 0;
    row->count = 0;
    for (int colour = 0; place < width; colour ^= 1) {
        const int32_t run = take_run(bits, colour, width - place);
        if (run < 0)
            return -1;
        place += run;
        add_change(row, place);
    }
    end_row(row, width);
    return 0;
}

enum { PASS = 4, HORIZONTAL, NO_MODE }; /* beside the vertical modes -3 to 3 */

/* T.4, table 4. */
static int take_mode(Bits *bits)
{
    static const struct {
        unsigned code, bits;
        int mode;
    } MODES[] = {{1, 1, 0}, {3, 3, 1}, {2, 3, -1}, {1, 3, HORIZONTAL}, {1, 4, PASS},
                 {3, 6, 2}, {2, 6, -2}, {3, 7, 3}, {2, 7, -3}};
    for (size_t i = 0; i < sizeof MODES / sizeof *MODES; i++) {
        if (peek(bits, MODES[i].bits) == MODES[i].code) {
            bits->at += MODES[i].bits;
            return bits->at > bits->end ? NO_MODE : MODES[i].mode;
        }
    }
    return NO_MODE;
}

/* a0, a1, b1, b2: names of T.4, 4.2.1.3. */
static int take_row_in_two_dimensions(Bits *bits, Row *row, const Row *above, int32_t width)
{
    int32_t a0 = -1;
    int colour = 0;
    size_t b = 0; /* of b1 in the row above */

    row->count = 0;
    while (a0 < width) {
        const int mode = take_mode(bits);
        b -= b > 0; /* the last change may still lie ahead of a0, where a vertical mode went back */
        b += (b & 1) != (size_t)colour;
        while (b < above->count && above->at[b] <= a0)
            b += 2;
        const int32_t b1 = above->at[b], b2 = above->at[b + 1];
        if (mode == PASS) {
            a0 = b2;
        } else if (mode == HORIZONTAL) {
            a0 = a0 < 0 ? 0 : a0;
            for (int i = 0; i < 2; i++) {
                const int32_t run = take_run(bits, colour ^ i, width - a0);
                if (run < 0)
                    return -1;
                a0 += run;
                add_change(row, a0);
            }
        } else if (mode != NO_MODE && b1 + mode > a0 && b1 + mode <= width) {
            a0 = b1 + mode;
            add_change(row, a0);
            colour ^= 1;
        } else {
            return -1;
        }
    }
    end_row(row, width);
    return 0;
}

/* Take zeros and a one where they end a row; 1 if they did. */
static int take_row_end(Bits *bits)
{
    if (peek(bits, ROW_END_BITS) != 0)
        return 0;
    while (bits->at < bits->end && peek(bits, 1) == 0)
        bits->at++;
    bits->at++;
    return bits->at <= bits->end;
}

static int take_row(Bits *bits, const CcittStyle *style, Row *row, const Row *above, int32_t width)
{
    if (style->is_byte_aligned)
        bits->at = (bits->at + 7) / 8 * 8;
    if (style->k < 0)
        return take_row_in_two_dimensions(bits, row, above, width);
    const int has_row_end = take_row_end(bits);
    if (style->k == 0)
        return take_row_in_one_dimension(bits, row, width);
    if (!has_row_end) /* and so no bit that tells how the row is coded */
        return -1;
    const int is_one_dimensional = (int)peek(bits, 1);
    bits->at++;
    if (is_one_dimensional)
        return take_row_in_one_dimension(bits, row, width);
    return take_row_in_two_dimensions(bits, row, above, width);
}

static void paint(uint8_t *pixels, const Row *row)
{
    for (size_t i = 0; i < row->count; i += 2) {
        int32_t x = row->at[i];
        const int32_t end = row->at[i + 1];
        for (; x < end && x % 8 != 0; x++)
            pixels[x / 8] |= (uint8_t)(0x80 >> x % 8);
        for (; x + 8 <= end; x += 8)
            pixels[x / 8] = 0xFF;
        for (; x < end; x++)
            pixels[x / 8] |= (uint8_t)(0x80 >> x % 8);
    }
}

CcittResult ccitt_decode(Bitmap *bitmap, const CcittStyle *style, const uint8_t *data, size_t length)
{
    const size_t most_changes = (size_t)bitmap->width + 8;
    int32_t *memory = malloc(2 * most_changes * sizeof *memory);
    Bits bits = {data, 0, 8 * length};
    Row row = {memory, 0}, above;
    CcittResult result = CCITT_OK;

    if (memory == NULL)
        return CCITT_OUT_OF_MEMORY;
    above = (Row){memory + most_changes, 0};
    end_row(&above, (int32_t)bitmap->width); /* white */
    for (uint32_t y = 0; y < bitmap->height && result == CCITT_OK; y++) {
        if (take_row(&bits, style, &row, &above, (int32_t)bitmap->width) < 0) {
            result = CCITT_DAMAGED;
        } else {
            paint(bitmap_row(bitmap, y), &row);
            const Row done = row;
            row = above;
            above = done;
        }
    }
    free(memory);
    return result;
}
