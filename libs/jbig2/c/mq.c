/* The MQ coder's table, start and end; what runs for every pixel is in mq.h. */
#include "mq.h"

#include <stdlib.h>

enum { FIRST_CAPACITY = 4096 };

/* Table E.1: Qe, NMPS, NLPS, SWITCH; each row once for either more probable symbol. */
#define ROW(qe, nmps, nlps, switch_mps) \
    {qe, 2 * (nmps), 2 * (nlps) + (switch_mps)}, {qe, 2 * (nmps) + 1, 2 * (nlps) + 1 - (switch_mps)}

const MqState MQ_STATES[94] = {
    ROW(0x5601, 1, 1, 1),
    ROW(0x3401, 2, 6, 0),
    ROW(0x1801, 3, 9, 0),
    ROW(0x0AC1, 4, 12, 0),
    ROW(0x0521, 5, 29, 0),
    ROW(0x0221, 38, 33, 0),
    ROW(0x5601, 7, 6, 1),
    ROW(0x5401, 8, 14, 0),
    ROW(0x4801, 9, 14, 0),
    ROW(0x3801, 10, 14, 0),
    ROW(0x3001, 11, 17, 0),
    ROW(0x2401, 12, 18, 0),
    ROW(0x1C01, 13, 20, 0),
    ROW(0x1601, 29, 21, 0),
    ROW(0x5601, 15, 14, 1),
    ROW(0x5401, 16, 14, 0),
    ROW(0x5101, 17, 15, 0),
    ROW(0x4801, 18, 16, 0),
    ROW(0x3801, 19, 17, 0),
    ROW(0x3401, 20, 18, 0),
    ROW(0x3001, 21, 19, 0),
    ROW(0x2801, 22, 19, 0),
    ROW(0x2401, 23, 20, 0),
    ROW(0x2201, 24, 21, 0),
    ROW(0x1C01, 25, 22, 0),
    ROW(0x1801, 26, 23, 0),
    ROW(0x1601, 27, 24, 0),
    ROW(0x1401, 28, 25, 0),
    ROW(0x1201, 29, 26, 0),
    ROW(0x1101, 30, 27, 0),
    ROW(0x0AC1, 31, 28, 0),
    ROW(0x09C1, 32, 29, 0),
    ROW(0x08A1, 33, 30, 0),
    ROW(0x0521, 34, 31, 0),
    ROW(0x0441, 35, 32, 0),
    ROW(0x02A1, 36, 33, 0),
    ROW(0x0221, 37, 34, 0),
    ROW(0x0141, 38, 35, 0),
    ROW(0x0111, 39, 36, 0),
    ROW(0x0085, 40, 37, 0),
    ROW(0x0049, 41, 38, 0),
    ROW(0x0025, 42, 39, 0),
    ROW(0x0015, 43, 40, 0),
    ROW(0x0009, 44, 41, 0),
    ROW(0x0005, 45, 42, 0),
    ROW(0x0001, 45, 43, 0),
    ROW(0x5601, 46, 46, 0),
};

int mq_encoder_start(MqEncoder *mq)
{
    *mq = (MqEncoder){.a = 0x8000u, .ct = 12, .length = 1, .capacity = FIRST_CAPACITY};
    mq->bytes = malloc(FIRST_CAPACITY);
    if (mq->bytes == NULL)
        return -1;
    mq->bytes[0] = 0;
    return 0;
}

void mq_encoder_grow(MqEncoder *mq)
{
    uint8_t *larger = mq->capacity > SIZE_MAX / 2 ? NULL : realloc(mq->bytes, 2 * mq->capacity);
    if (larger == NULL) { /* go on over the same bytes; the caller looks at the flag at the end */
        mq->is_out_of_memory = 1;
        mq->length = 1;
        return;
    }
    mq->bytes = larger;
    mq->capacity *= 2;
}

void mq_encoder_flush(MqEncoder *mq)
{
    const uint32_t limit = mq->c + mq->a; /* SETBITS (figure E.12): as many ones as the interval has room for */
    mq->c |= 0xFFFFu;
    if (mq->c >= limit)
        mq->c -= 0x8000u;
    mq->c <<= mq->ct;
    mq_byte_out(mq);
    mq->c <<= mq->ct;
    mq_byte_out(mq);
    if (mq->length + 2 > mq->capacity)
        mq_encoder_grow(mq);
    if (mq->bytes[mq->length - 1] != 0xFF)
        mq->bytes[mq->length++] = 0xFF;
    mq->bytes[mq->length++] = 0xAC;
}

void mq_encoder_free(MqEncoder *mq)
{
    free(mq->bytes);
    mq->bytes = NULL;
}

void mq_decoder_start(MqDecoder *mq, const uint8_t *data, size_t length)
{
    *mq = (MqDecoder){.at = data, .end = data + length, .a = 0x8000u};
    mq->c = (length > 0 ? (uint32_t)*data : 0xFFu) << 16;
    mq_byte_in(mq);
    mq->c <<= 7;
    mq->ct -= 7;
}
