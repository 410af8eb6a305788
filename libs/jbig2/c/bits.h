/* Bits of a word. */
#ifndef BULKPRESS_JBIG2_BITS_H
#define BULKPRESS_JBIG2_BITS_H

#include <stdint.h>

/* How many are set. */
static inline unsigned ones(uint64_t bits)
{
    bits -= bits >> 1 & 0x5555555555555555u;
    bits = (bits & 0x3333333333333333u) + (bits >> 2 & 0x3333333333333333u);
    bits = (bits + (bits >> 4)) & 0x0F0F0F0F0F0F0F0Fu;
    return (unsigned)(bits * 0x0101010101010101u >> 56);
}

#endif
