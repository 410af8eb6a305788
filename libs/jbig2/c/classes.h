/* Which components are the same letter.
 *
 * Nothing is lost by a mistake here. What differs from the symbol of its class is coded with the symbol as context, to
 * the last pixel (refinement.h): classes decide how many bytes a page takes and never how it looks.
 */
#ifndef BULKPRESS_JBIG2_CLASSES_H
#define BULKPRESS_JBIG2_CLASSES_H

#include "components.h"
#include "shapes.h"

enum { NONE = -1 };

typedef struct {
    Shape first;              /* without its rows, once all are found */
    uint32_t member_count;
    int32_t last_member;
    int32_t next_of_size;     /* the class of the same size that was found before */
    int32_t left, top, right, bottom; /* what its members cover, from the top left pixel of the first */
} Class;

typedef struct {
    uint32_t component;
    int32_t x, y;     /* where it lies when it is laid on the first of its class */
    int32_t previous; /* member of the same class, or NONE */
} Member;

typedef struct {
    Class *list;
    Member *members;
    uint32_t count;
} Classes;

typedef enum { CLASSES_OK, CLASSES_OUT_OF_MEMORY } ClassesResult;

/* Sort components into classes. The work is counted, and what would go beyond a bound that follows the page's size is
 * left out. The caller frees `classes` in any case. */
ClassesResult find_classes(const Components *components, uint64_t page_pixels, Classes *classes);
void classes_free(Classes *classes);

#endif
