/* Text as JBIG2 has it: symbols, each stored once, and where on the page each of them occurs. */
#ifndef BULKPRESS_JBIG2_TEXT_H
#define BULKPRESS_JBIG2_TEXT_H

#include "bitmap.h"
#include "classes.h"

enum {
    MAX_SYMBOLS = 1 << 14,
    MAX_SYMBOL_PX = 256,         /* of width and height */
    MAX_SYMBOL_BYTES = 48 << 20, /* of all of them in memory */
    STRIP_ROWS = 4,              /* instances are listed by the strip of rows that their lowest row is in, then by x */
};

typedef struct {
    Bitmap *list;
    uint32_t count;
    size_t bytes;
} Symbols;

/* Add a blank symbol: it, or NULL if there are too many already, it is too large, or there is no memory. */
Bitmap *symbols_add(Symbols *symbols, uint32_t width, uint32_t height);
void symbols_free(Symbols *symbols);

/* A component of the page that is `symbol`, or resembles it; the symbol lies with its bottom left pixel at (x, bottom). */
typedef struct {
    uint32_t component, symbol;
    uint32_t x, bottom;
} Instance;

typedef struct {
    Symbols symbols; /* by height, then by width: as a dictionary lists them (T.88, 6.5.5) */
    Instance *instances;
    uint32_t instance_count;
} Text;

typedef enum { TEXT_OK, TEXT_TOO_LARGE, TEXT_OUT_OF_MEMORY } TextResult;

/* Draw a symbol for every class worth one, black where most of its members are. The caller frees `text` in any case. */
TextResult text_of(const Components *components, const Classes *classes, const Bitmap *page, Text *text);
void text_free(Text *text);

#endif
