/* Generic refinement (T.88, 6.3): a bitmap coded in the context of another one that it resembles.
 *
 * Template 0 with its adaptive pixels at their nominal places, both bitmaps of one size and lying on each other: what
 * the encoder writes, and all that is read.
 */
#ifndef BULKPRESS_JBIG2_REFINEMENT_H
#define BULKPRESS_JBIG2_REFINEMENT_H

#include "bitmap.h"
#include "mq.h"

enum { REFINEMENT_CONTEXTS = 1 << 13 };

void encode_refinement(const Bitmap *bitmap, const Bitmap *reference, MqEncoder *mq, MqContext *contexts);

/* Fill the blank `bitmap`. */
void decode_refinement(Bitmap *bitmap, const Bitmap *reference, MqDecoder *mq, MqContext *contexts);

#endif
