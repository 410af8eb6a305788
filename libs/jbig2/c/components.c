/* Runs of each row, joined with those of the row above that they touch (union-find over runs). */
#include "components.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_RUNS = 4096 };

typedef struct {
    Run *runs;
    uint32_t count, capacity;
} Runs;

static ComponentsResult add_run(Runs *runs, uint32_t x0, uint32_t x1, uint32_t y)
{
    if (runs->count == runs->capacity) {
        const uint32_t capacity = runs->capacity == 0 ? FIRST_RUNS : 2 * runs->capacity;
        if (capacity > MAX_RUNS)
            return COMPONENTS_TOO_MANY;
        Run *larger = realloc(runs->runs, capacity * sizeof *larger);
        if (larger == NULL)
            return COMPONENTS_OUT_OF_MEMORY;
        runs->runs = larger;
        runs->capacity = capacity;
    }
    runs->runs[runs->count++] = (Run){x0, x1, y, NO_RUN};
    return COMPONENTS_OK;
}

static ComponentsResult add_runs_of_row(Runs *runs, const Bitmap *bitmap, uint32_t y)
{
    const uint8_t *row = bitmap_row(bitmap, y);
    ComponentsResult result = COMPONENTS_OK;
    unsigned colour = 0;
    uint32_t start = 0;
    for (size_t i = 0; i < bitmap->row_bytes && result == COMPONENTS_OK; i++) {
        if (row[i] == (colour ? 0xFF : 0))
            continue;
        for (unsigned k = 0; k < 8 && result == COMPONENTS_OK; k++) {
            const uint32_t x = (uint32_t)(8 * i) + k;
            if ((row[i] >> (7 - k) & 1u) == colour)
                continue;
            colour = !colour;
            if (colour)
                start = x;
            else
                result = add_run(runs, start, x, y);
        }
    }
    return colour && result == COMPONENTS_OK ? add_run(runs, start, bitmap->width, y) : result;
}

static uint32_t root_of(uint32_t *parents, uint32_t run)
{
    while (parents[run] != run) {
        parents[run] = parents[parents[run]]; /* halves the way for the next time */
        run = parents[run];
    }
    return run;
}

/* Join the runs of two neighbouring rows, above .. here - 1 and here .. end - 1, that touch. */
static void join_rows(const Run *runs, uint32_t *parents, uint32_t above, uint32_t here, uint32_t end)
{
    uint32_t i = above, j = here;
    while (i < here && j < end) {
        if (runs[i].x1 >= runs[j].x0 && runs[j].x1 >= runs[i].x0) {
            const uint32_t one = root_of(parents, i), other = root_of(parents, j);
            if (one < other)
                parents[other] = one;
            else
                parents[one] = other;
        }
        if (runs[i].x1 < runs[j].x1)
            i++;
        else
            j++;
    }
}

static void join(const Run *runs, uint32_t count, uint32_t *parents)
{
    uint32_t above = 0, here = 0;
    for (uint32_t i = 0; i < count; i++)
        parents[i] = i;
    while (here < count) {
        uint32_t end = here;
        while (end < count && runs[end].y == runs[here].y)
            end++;
        if (above < here && runs[above].y + 1 == runs[here].y)
            join_rows(runs, parents, above, here, end);
        above = here;
        here = end;
    }
}

static void add_to(Component *component, Run *runs, uint32_t index)
{
    const Run *run = &runs[index];
    if (component->pixels == 0)
        *component = (Component){run->x0, run->y, run->x1, run->y + 1, index, index, 0};
    else
        runs[component->last_run].next = index;
    component->last_run = index;
    component->pixels += run->x1 - run->x0;
    component->x0 = run->x0 < component->x0 ? run->x0 : component->x0;
    component->x1 = run->x1 > component->x1 ? run->x1 : component->x1;
    component->y1 = run->y + 1;
}

/* The root of a component is its first run, so that `numbers` of roots stand before they are asked for. */
static ComponentsResult collect(Components *components, uint32_t *parents)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < components->run_count; i++)
        count += parents[i] == i;
    components->list = calloc((size_t)count + 1, sizeof *components->list);
    uint32_t *numbers = malloc(((size_t)components->run_count + 1) * sizeof *numbers);
    if (components->list == NULL || numbers == NULL) {
        free(numbers);
        return COMPONENTS_OUT_OF_MEMORY;
    }
    for (uint32_t i = 0; i < components->run_count; i++) {
        const uint32_t root = root_of(parents, i);
        numbers[i] = root == i ? components->count++ : numbers[root];
        add_to(&components->list[numbers[i]], components->runs, i);
    }
    free(numbers);
    return COMPONENTS_OK;
}

ComponentsResult find_components(const Bitmap *bitmap, Components *components)
{
    Runs runs = {0};
    ComponentsResult result = COMPONENTS_OK;
    *components = (Components){0};
    for (uint32_t y = 0; y < bitmap->height && result == COMPONENTS_OK; y++)
        result = add_runs_of_row(&runs, bitmap, y);
    components->runs = runs.runs;
    components->run_count = runs.count;
    if (result != COMPONENTS_OK)
        return result;
    uint32_t *parents = malloc(((size_t)runs.count + 1) * sizeof *parents);
    if (parents == NULL)
        return COMPONENTS_OUT_OF_MEMORY;
    join(runs.runs, runs.count, parents);
    result = collect(components, parents);
    free(parents);
    return result;
}

void components_free(Components *components)
{
    free(components->runs);
    free(components->list);
    *components = (Components){0};
}

static void fill(uint8_t *row, uint32_t x0, uint32_t x1, int is_black)
{
    for (uint32_t x = x0; x < x1;) {
        const uint32_t end = x / 8 * 8 + 8 < x1 ? x / 8 * 8 + 8 : x1;
        const uint8_t mask = (uint8_t)(0xFF >> x % 8 & 0xFF << (x / 8 * 8 + 8 - end));
        row[x / 8] = is_black ? row[x / 8] | mask : row[x / 8] & (uint8_t)~mask;
        x = end;
    }
}

void component_draw(const Components *components, uint32_t index, Bitmap *canvas, uint32_t left, uint32_t top)
{
    for (uint32_t i = components->list[index].first_run; i != NO_RUN; i = components->runs[i].next) {
        const Run *run = &components->runs[i];
        fill(bitmap_row(canvas, run->y - top), run->x0 - left, run->x1 - left, 1);
    }
}

void component_erase(const Components *components, uint32_t index, Bitmap *page)
{
    for (uint32_t i = components->list[index].first_run; i != NO_RUN; i = components->runs[i].next) {
        const Run *run = &components->runs[i];
        fill(bitmap_row(page, run->y), run->x0, run->x1, 0);
    }
}
