/* Each component is compared with the first of every class of about its size, both laid on their centres of gravity. */
#include "classes.h"

#include <stdlib.h>
#include <string.h>

#include "shapes.h"

enum { SIZE_SLACK_PX = 2 };
enum { ALIKE_PER_CENT = 10, SIMILAR_PER_CENT = 90 }; /* of the edge, so many pixels at most may differ */
enum { MERGED_MEMBERS = 8 };                         /* at most, of a class that is merged with another */
enum { MAX_CLASSES = 1 << 15, MAX_COMPONENTS = 1 << 18, MAX_WORDS = 1 << 22 };
enum { PIXELS_PER_ROW_COMPARED = 1, ROWS_COMPARED_ANYWAY = 1 << 22 };

typedef struct {
    const Components *components;
    Class *classes;
    Member *members;
    uint32_t class_count, member_count;
    uint64_t *words; /* room for MAX_WORDS, of which the system gives what is written to */
    size_t word_count;
    uint64_t rows_left; /* that may still be compared */
    int32_t first_of_size[MAX_SHAPE_PX + 1][MAX_SHAPE_PX + 1];
} Classifier;

typedef struct {
    int32_t class;
    int32_t x, y;
    uint32_t difference;
} Match;

static int32_t rounded(int32_t scaled)
{
    const int32_t up = scaled + CENTRE_SCALE / 2;
    return up >= 0 ? up / CENTRE_SCALE : -((CENTRE_SCALE - 1 - up) / CENTRE_SCALE);
}

/* Put class `number` in place of `best` if it is within `per_cent` and closer. */
static void compare(Classifier *all, int32_t number, const Shape *shape, unsigned per_cent, Match *best)
{
    const Shape *first = &all->classes[number].first;
    uint32_t limit = (first->edge < shape->edge ? first->edge : shape->edge) * per_cent / 100;
    limit = best->class != NONE && best->difference <= limit ? best->difference : limit + 1; /* to stay below */
    if ((first->pixels > shape->pixels ? first->pixels - shape->pixels : shape->pixels - first->pixels) >= limit)
        return;
    const int32_t x = rounded(first->centre_x - shape->centre_x), y = rounded(first->centre_y - shape->centre_y);
    all->rows_left -= all->rows_left < first->height ? all->rows_left : first->height;
    const uint32_t difference = shape_difference(first, shape, x, y, limit);
    if (difference < limit)
        *best = (Match){number, x, y, difference};
}

/* The class closest to `shape`, which is not that of which it is the first itself. */
static Match closest(Classifier *all, const Shape *shape, unsigned per_cent)
{
    Match best = {NONE, 0, 0, 0};
    const int32_t width = (int32_t)shape->width, height = (int32_t)shape->height;
    for (int32_t h = height - SIZE_SLACK_PX; h <= height + SIZE_SLACK_PX; h++)
        for (int32_t w = width - SIZE_SLACK_PX; w <= width + SIZE_SLACK_PX; w++) {
            if (w < 1 || h < 1 || w > MAX_SHAPE_PX || h > MAX_SHAPE_PX)
                continue;
            for (int32_t i = all->first_of_size[h][w]; i != NONE; i = all->classes[i].next_of_size)
                if (shape != &all->classes[i].first && all->classes[i].member_count > 0)
                    compare(all, i, shape, per_cent, &best);
        }
    return best;
}

/* A class of its own, with its rows kept where the scratch words lie now: right behind those of the others. */
static Match found_class(Classifier *all, const Shape *shape)
{
    int32_t *place = &all->first_of_size[shape->height][shape->width];
    const int32_t number = (int32_t)all->class_count++;
    all->classes[number] = (Class){.first = *shape, .last_member = NONE, .next_of_size = *place,
                                   .right = (int32_t)shape->width, .bottom = (int32_t)shape->height};
    all->word_count += (size_t)words_of(shape->width) * shape->height;
    *place = number;
    return (Match){number, 0, 0, 0};
}

static void join_class(Classifier *all, Member *member, const Component *component, const Match *match)
{
    Class *class = &all->classes[match->class];
    const int32_t right = match->x + (int32_t)(component->x1 - component->x0);
    const int32_t bottom = match->y + (int32_t)(component->y1 - component->y0);
    *member = (Member){member->component, match->x, match->y, class->last_member};
    class->last_member = (int32_t)(member - all->members);
    class->member_count++;
    class->left = match->x < class->left ? match->x : class->left;
    class->top = match->y < class->top ? match->y : class->top;
    class->right = right > class->right ? right : class->right;
    class->bottom = bottom > class->bottom ? bottom : class->bottom;
}

static int has_room(const Classifier *all)
{
    return all->class_count < MAX_CLASSES && all->word_count <= MAX_WORDS - MAX_SHAPE_PX * SHAPE_WORDS
           && all->rows_left > 0;
}

static void classify(Classifier *all)
{
    for (uint32_t i = 0; i < all->components->count && i < MAX_COMPONENTS && has_room(all); i++) {
        if (!has_shape(&all->components->list[i]))
            continue;
        const Shape shape = shape_of(all->components, i, all->words + all->word_count);
        Match match = closest(all, &shape, ALIKE_PER_CENT);
        if (match.class == NONE)
            match = found_class(all, &shape);
        Member *member = &all->members[all->member_count++];
        member->component = i;
        join_class(all, member, &all->components->list[i], &match);
    }
}

/* Make all members of class `number` members of the class that its first is laid on. */
static void merge(Classifier *all, uint32_t number, const Match *match)
{
    Class *class = &all->classes[number];
    for (int32_t i = class->last_member; i != NONE;) {
        Member *member = &all->members[i];
        const Component *component = &all->components->list[member->component];
        const Match place = {match->class, match->x + member->x, match->y + member->y, 0};
        i = member->previous;
        join_class(all, member, component, &place);
    }
    class->member_count = 0;
}

/* Merge classes of `members` members with those that they resemble. What a symbol of its own costs is shared by its
 * members, so that the more there are the less a class gains by being merged. */
static void merge_all(Classifier *all, uint32_t members)
{
    for (uint32_t i = 0; i < all->class_count && all->rows_left > 0; i++) {
        if (all->classes[i].member_count != members)
            continue;
        const Match match = closest(all, &all->classes[i].first, SIMILAR_PER_CENT / members);
        if (match.class != NONE)
            merge(all, i, &match);
    }
}

ClassesResult find_classes(const Components *components, uint64_t page_pixels, Classes *classes)
{
    Classifier *all = malloc(sizeof *all);
    *classes = (Classes){0};
    if (all == NULL)
        return CLASSES_OUT_OF_MEMORY;
    *all = (Classifier){.components = components, .rows_left = page_pixels / PIXELS_PER_ROW_COMPARED + ROWS_COMPARED_ANYWAY};
    memset(all->first_of_size, NONE, sizeof all->first_of_size); /* all bits set, which is -1 */
    all->classes = malloc(MAX_CLASSES * sizeof *all->classes);
    all->members = malloc(MAX_COMPONENTS * sizeof *all->members);
    all->words = malloc(MAX_WORDS * sizeof *all->words);
    const int has_memory = all->classes != NULL && all->members != NULL && all->words != NULL;
    if (has_memory)
        classify(all);
    for (uint32_t members = 1; has_memory && members <= MERGED_MEMBERS; members++)
        merge_all(all, members);
    *classes = (Classes){all->classes, all->members, all->class_count};
    free(all->words);
    free(all);
    return has_memory ? CLASSES_OK : CLASSES_OUT_OF_MEMORY;
}

void classes_free(Classes *classes)
{
    free(classes->list);
    free(classes->members);
    *classes = (Classes){0};
}
