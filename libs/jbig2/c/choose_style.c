#include "choose_style.h"

RegionResult encode_smallest(const Bitmap *bitmap, RegionStyle *style, MqEncoder *mq)
{
    *style = nominal_style(0);
    return encode_region(bitmap, style, mq);
}
