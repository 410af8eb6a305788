/* Integers through the MQ coder (T.88, annex A): each kind of number has contexts of its own. */
#ifndef BULKPRESS_JBIG2_INTEGERS_H
#define BULKPRESS_JBIG2_INTEGERS_H

#include "mq.h"

enum { INTEGER_CONTEXTS = 512 };

typedef struct {
    MqContext contexts[INTEGER_CONTEXTS];
} IntegerCoder;

typedef enum { INTEGER_VALUE, INTEGER_OUT_OF_BAND, INTEGER_TOO_LARGE } IntegerResult;

/* Values lie in -INT32_MAX .. INT32_MAX; out of band is the mark that ends a list (A.2). */
void encode_integer(MqEncoder *mq, IntegerCoder *coder, int32_t value);
void encode_out_of_band(MqEncoder *mq, IntegerCoder *coder);
IntegerResult decode_integer(MqDecoder *mq, IntegerCoder *coder, int32_t *value);

/* Symbol numbers of `bits` bits (A.3), with 2 ** bits contexts. */
void encode_id(MqEncoder *mq, MqContext *contexts, unsigned bits, uint32_t id);
uint32_t decode_id(MqDecoder *mq, MqContext *contexts, unsigned bits);

#endif
