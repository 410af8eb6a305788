/* The MQ arithmetic coder (ITU-T T.88, annex E), both ways.
 *
 * A context is one byte: the index of its row in table E.1, doubled, plus the more probable symbol. The table is
 * spread out the same way, so that the SWITCH of annex E is part of "which row next".
 */
#ifndef BULKPRESS_JBIG2_MQ_H
#define BULKPRESS_JBIG2_MQ_H

#include <stddef.h>
#include <stdint.h>

typedef uint8_t MqContext;

typedef struct {
    uint16_t qe; /* probability of the less probable symbol */
    MqContext after_mps, after_lps;
} MqState;

extern const MqState MQ_STATES[94];

typedef struct {
    uint32_t c, a;
    int ct;
    uint8_t *bytes; /* owned; bytes[0] is none of the data: the byte before the first, which a carry never reaches */
    size_t length, capacity;
    int is_out_of_memory; /* set once and for all: what is in `bytes` means nothing then */
} MqEncoder;

typedef struct {
    uint32_t c, a;
    int ct;
    const uint8_t *at, *end; /* `at`: the byte read last */
    uint32_t missing_bytes;  /* asked for behind the end */
} MqDecoder;

/* Begin. `mq_encoder_start` returns 0, or -1 when there is no memory. */
int mq_encoder_start(MqEncoder *mq);
void mq_decoder_start(MqDecoder *mq, const uint8_t *data, size_t length);

/* Write out what is pending, with the marker FF AC (E.2.9). The data is then bytes[1 .. length - 1]. */
void mq_encoder_flush(MqEncoder *mq);
void mq_encoder_free(MqEncoder *mq);

/* Make room for two bytes more. */
void mq_encoder_grow(MqEncoder *mq);

static inline void mq_put_byte(MqEncoder *mq, int shift)
{
    if (mq->length + 2 > mq->capacity)
        mq_encoder_grow(mq);
    mq->bytes[mq->length++] = (uint8_t)(mq->c >> shift);
    mq->c &= (1u << shift) - 1;
    mq->ct = 27 - shift;
}

/* BYTEOUT (figure E.8): after FF only seven bits follow, so that a carry has a place to go. */
static inline void mq_byte_out(MqEncoder *mq)
{
    uint8_t *last = &mq->bytes[mq->length - 1];
    if (*last != 0xFF && mq->c >= 0x8000000u) {
        (*last)++;
        mq->c &= 0x7FFFFFFu;
    }
    mq_put_byte(mq, *last == 0xFF ? 20 : 19);
}

static inline void mq_encode(MqEncoder *mq, MqContext *context, unsigned bit)
{
    const MqState *state = &MQ_STATES[*context];
    const uint32_t qe = state->qe;
    mq->a -= qe;
    if (bit == (*context & 1u)) {
        if (mq->a & 0x8000u) {
            mq->c += qe;
            return;
        }
        if (mq->a < qe)
            mq->a = qe;
        else
            mq->c += qe;
        *context = state->after_mps;
    } else {
        if (mq->a < qe)
            mq->c += qe;
        else
            mq->a = qe;
        *context = state->after_lps;
    }
    do { /* RENORME */
        mq->a <<= 1;
        mq->c <<= 1;
        if (--mq->ct == 0)
            mq_byte_out(mq);
    } while (!(mq->a & 0x8000u));
}

/* BYTEIN (figure E.19): a marker, or the end, reads as ones without end. */
static inline void mq_byte_in(MqDecoder *mq)
{
    const int has_next = mq->end - mq->at > 1;
    if (mq->at < mq->end && *mq->at != 0xFF && has_next) {
        mq->at++;
        mq->c += (uint32_t)*mq->at << 8;
        mq->ct = 8;
    } else if (has_next && mq->at[1] <= 0x8F) {
        mq->at++;
        mq->c += (uint32_t)*mq->at << 9;
        mq->ct = 7;
    } else {
        mq->c += 0xFF00u;
        mq->ct = 8;
        mq->missing_bytes++;
    }
}

static inline unsigned mq_decode(MqDecoder *mq, MqContext *context)
{
    const MqState *state = &MQ_STATES[*context];
    const uint32_t qe = state->qe;
    unsigned bit = *context & 1u;
    mq->a -= qe;
    if ((mq->c >> 16) >= qe) {
        mq->c -= qe << 16;
        if (mq->a & 0x8000u)
            return bit;
        if (mq->a < qe) {
            bit ^= 1u;
            *context = state->after_lps;
        } else {
            *context = state->after_mps;
        }
    } else {
        if (mq->a < qe) {
            *context = state->after_mps;
        } else {
            bit ^= 1u;
            *context = state->after_lps;
        }
        mq->a = qe;
    }
    do { /* RENORMD */
        if (mq->ct == 0)
            mq_byte_in(mq);
        mq->a <<= 1;
        mq->c <<= 1;
        mq->ct--;
    } while (!(mq->a & 0x8000u));
    return bit;
}

#endif
