/* Connected components: black pixels that touch one another, be it at a corner. Letters, mostly, and specks. */
#ifndef BULKPRESS_JBIG2_COMPONENTS_H
#define BULKPRESS_JBIG2_COMPONENTS_H

#include "bitmap.h"

enum { MAX_RUNS = 1 << 21, NO_RUN = UINT32_MAX }; /* at 16 bytes; halftones have more, and gain nothing here */

/* Black pixels of one row, `x0` to `x1 - 1`. */
typedef struct {
    uint32_t x0, x1, y;
    uint32_t next; /* of the same component, in reading order; NO_RUN behind the last */
} Run;

/* Its box is x0 .. x1 - 1, y0 .. y1 - 1. */
typedef struct {
    uint32_t x0, y0, x1, y1;
    uint32_t first_run, last_run;
    uint32_t pixels;
} Component;

typedef struct {
    Run *runs;
    Component *list; /* in the order of their first pixels */
    uint32_t run_count, count;
} Components;

typedef enum { COMPONENTS_OK, COMPONENTS_TOO_MANY, COMPONENTS_OUT_OF_MEMORY } ComponentsResult;

/* Find all of them. The caller frees `components` in any case. */
ComponentsResult find_components(const Bitmap *bitmap, Components *components);
void components_free(Components *components);

/* Blacken the component's pixels in `canvas`, whose top left pixel is the page's (left, top); or make them white. */
void component_draw(const Components *components, uint32_t index, Bitmap *canvas, uint32_t left, uint32_t top);
void component_erase(const Components *components, uint32_t index, Bitmap *page);

#endif
