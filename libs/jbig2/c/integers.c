/* A sign, then how many of six ranges the number lies behind, in unary, then where it lies in its range (figure A.1). */
#include "integers.h"

enum { RANGES = 6 };

static const uint32_t RANGE_START[RANGES] = {0, 4, 20, 84, 340, 4436};
static const unsigned RANGE_BITS[RANGES] = {2, 4, 6, 8, 12, 32};

/* The context after one more bit: all bits so far, or of long numbers the last eight (A.2). */
static unsigned after(unsigned previous, unsigned bit)
{
    const unsigned next = previous << 1 | bit;
    return previous < 256 ? next : (next & 511) | 256;
}

static void put(MqEncoder *mq, IntegerCoder *coder, unsigned *previous, unsigned bit)
{
    mq_encode(mq, &coder->contexts[*previous], bit);
    *previous = after(*previous, bit);
}

static unsigned take(MqDecoder *mq, IntegerCoder *coder, unsigned *previous)
{
    const unsigned bit = mq_decode(mq, &coder->contexts[*previous]);
    *previous = after(*previous, bit);
    return bit;
}

static void encode_signed(MqEncoder *mq, IntegerCoder *coder, unsigned sign, uint32_t magnitude)
{
    unsigned previous = 1;
    int range = 0;
    while (range < RANGES - 1 && magnitude >= RANGE_START[range + 1])
        range++;
    put(mq, coder, &previous, sign);
    for (int i = 0; i < range; i++)
        put(mq, coder, &previous, 1);
    if (range < RANGES - 1)
        put(mq, coder, &previous, 0);
    for (unsigned bit = RANGE_BITS[range]; bit-- > 0;)
        put(mq, coder, &previous, (magnitude - RANGE_START[range]) >> bit & 1u);
}

void encode_integer(MqEncoder *mq, IntegerCoder *coder, int32_t value)
{
    encode_signed(mq, coder, value < 0, value < 0 ? -(uint32_t)value : (uint32_t)value);
}

void encode_out_of_band(MqEncoder *mq, IntegerCoder *coder)
{
    encode_signed(mq, coder, 1, 0);
}

IntegerResult decode_integer(MqDecoder *mq, IntegerCoder *coder, int32_t *value)
{
    unsigned previous = 1;
    int range = 0;
    uint64_t magnitude = 0;
    const unsigned sign = take(mq, coder, &previous);
    while (range < RANGES - 1 && take(mq, coder, &previous))
        range++;
    for (unsigned bit = RANGE_BITS[range]; bit-- > 0;)
        magnitude = magnitude << 1 | take(mq, coder, &previous);
    magnitude += RANGE_START[range];
    if (sign && magnitude == 0)
        return INTEGER_OUT_OF_BAND;
    if (magnitude > INT32_MAX)
        return INTEGER_TOO_LARGE;
    *value = sign ? -(int32_t)magnitude : (int32_t)magnitude;
    return INTEGER_VALUE;
}

void encode_id(MqEncoder *mq, MqContext *contexts, unsigned bits, uint32_t id)
{
    uint32_t previous = 1;
    while (bits-- > 0) {
        const unsigned bit = id >> bits & 1u;
        mq_encode(mq, &contexts[previous], bit);
        previous = previous << 1 | bit;
    }
}

uint32_t decode_id(MqDecoder *mq, MqContext *contexts, unsigned bits)
{
    uint32_t previous = 1;
    for (unsigned i = 0; i < bits; i++)
        previous = previous << 1 | mq_decode(mq, &contexts[previous]);
    return previous - ((uint32_t)1 << bits);
}
