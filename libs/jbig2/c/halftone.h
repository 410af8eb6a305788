/* Halftones: their dots come again at distances that no template spans, but that its adaptive pixels can reach. */
#ifndef BULKPRESS_JBIG2_HALFTONE_H
#define BULKPRESS_JBIG2_HALFTONE_H

#include "generic_region.h"

/* Whether so many rows are so busy that it may be one. */
int looks_like_halftone(const Bitmap *bitmap);

/* Template 0 with adaptive pixels where they tell most, of a sample; its nominal style if there is no memory. */
RegionStyle halftone_style(const Bitmap *bitmap);

#endif
