/* What comes with a tree that others do not have, and under which paths: in pruned trees, compared only where they differ. */

#ifndef LEAKSCAN_INTRODUCED_H
#define LEAKSCAN_INTRODUCED_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    uint64_t path, length; /* of the path so far, in the arena of paths that wait */
    size_t first, n;       /* the trees to compare with, among those that wait */
    uint32_t tree;
} Waiting;

typedef struct {
    uint64_t hash, path, length;
    uint32_t what, step; /* an item's index << 2 | kind; where it first came */
} Found;

typedef struct {
    const uint64_t *ends, *items; /* the pruned trees, from 0, which is empty */
    size_t n_trees;
    const uint8_t *names;
    const uint64_t *name_ends;
    size_t n_names;
    uint64_t seed;
    List stack, paths, before; /* Waiting, bytes, uint32 */
    List path, others, at;     /* scratch: the path so far, the trees to compare with, where in each */
    List found, known;         /* Found; the bytes of their paths */
    uint32_t *table;           /* open addressing, number + 1 */
    size_t table_size;
} Introduced;

static void introduced_free(Introduced *x) {
    free(x->stack.items), free(x->paths.items), free(x->before.items), free(x->path.items), free(x->others.items);
    free(x->at.items), free(x->found.items), free(x->known.items), free(x->table);
}

static uint64_t tree_start(const Introduced *x, uint32_t tree) { return tree ? x->ends[tree - 1] : 0; }

/* The first item of a tree that is not less. */
static uint64_t item_find(const Introduced *x, uint32_t tree, uint64_t item) {
    uint64_t low = tree_start(x, tree), high = x->ends[tree];
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (x->items[middle] < item)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static const uint8_t *name_of(const Introduced *x, uint64_t item, size_t *n) {
    uint64_t name = item >> 32, start = name ? x->name_ends[name - 1] : 0;
    *n = (size_t)(x->name_ends[name] - start);
    return x->names + start;
}

/* Whether every number in the trees is one of a tree before, or of a name. */
static int introduced_trees(const Introduced *x, uint64_t n_items) {
    uint64_t before = 0;
    if (!x->n_trees || x->ends[0] || x->ends[x->n_trees - 1] != n_items) return 0;
    for (size_t i = 0; i < x->n_trees; before = x->ends[i++]) {
        if (x->ends[i] < before || x->ends[i] > n_items) return 0;
        for (uint64_t k = before; k < x->ends[i]; k++) {
            uint64_t item = x->items[k];
            if (item >> 32 >= x->n_names || (k > before && item < x->items[k - 1])) return 0;
            if ((item & 3) == ITEM_TREE && (item >> 2 & ITEM_INDEX) >= i) return 0;
        }
    }
    return 1;
}

static int introduced_sound(const Introduced *x, uint64_t n_items, uint64_t names_size) {
    uint64_t before = 0;
    for (size_t i = 0; i < x->n_names; before = x->name_ends[i++])
        if (x->name_ends[i] < before || x->name_ends[i] > names_size) return 0;
    return introduced_trees(x, n_items);
}

/* Notes that something came at the path in `path`, unless it came there before. */
static int introduced_note(Introduced *x, uint32_t what, uint32_t step) {
    size_t n = x->found.n;
    if (n * 2 >= x->table_size) {
        size_t size = x->table_size ? x->table_size * 2 : 1024;
        uint32_t *table = calloc(size, sizeof *table);
        if (!table || n >= UNKNOWN - 1) {
            free(table);
            return NO_MEMORY;
        }
        for (size_t i = 0; i < n; i++) {
            size_t at = ((Found *)x->found.items)[i].hash & (size - 1);
            while (table[at]) at = (at + 1) & (size - 1);
            table[at] = (uint32_t)i + 1;
        }
        free(x->table);
        x->table = table, x->table_size = size;
    }
    uint64_t hash = hash_bytes(x->path.items, x->path.n, x->seed ^ what);
    size_t at = hash & (x->table_size - 1);
    for (; x->table[at]; at = (at + 1) & (x->table_size - 1)) {
        const Found *f = (Found *)x->found.items + x->table[at] - 1;
        if (f->hash == hash && f->what == what && f->length == x->path.n &&
            !memcmp((uint8_t *)x->known.items + f->path, x->path.items, x->path.n))
            return OK;
    }
    Found *room = grow(&x->found, sizeof *room, 1);
    if (!room) return NO_MEMORY;
    room->hash = hash, room->path = x->known.n, room->length = x->path.n, room->what = what, room->step = step;
    if (put(&x->known, x->path.items, x->path.n)) return NO_MEMORY;
    x->found.n++, x->table[at] = (uint32_t)x->found.n;
    return OK;
}

/* The subtree at `item` waits to be compared with those that the others have under its name. */
static int introduced_wait(Introduced *x, uint64_t item, size_t n_others) {
    Waiting *room = grow(&x->stack, sizeof *room, 1);
    if (!room) return NO_MEMORY;
    room->path = x->paths.n, room->length = x->path.n, room->first = x->before.n, room->n = 0;
    room->tree = (uint32_t)(item >> 2) & ITEM_INDEX;
    for (size_t i = 0; i < n_others; i++) {
        uint32_t other = ((uint32_t *)x->others.items)[i];
        for (uint64_t k = item_find(x, other, item >> 32 << 32); k < x->ends[other] && x->items[k] >> 32 == item >> 32; k++) {
            if ((x->items[k] & 3) != ITEM_TREE) continue;
            if (put_u32(&x->before, (uint32_t)(x->items[k] >> 2) & ITEM_INDEX)) return NO_MEMORY;
            room->n++;
        }
    }
    x->stack.n++;
    return put(&x->paths, x->path.items, x->path.n);
}

/* Compares the tree that waits on top, and lets its subtrees wait. */
static int introduced_compare(Introduced *x, uint32_t step) {
    Waiting top = ((Waiting *)x->stack.items)[--x->stack.n];
    x->path.n = x->others.n = x->at.n = 0;
    if (top.length && put(&x->path, (uint8_t *)x->paths.items + top.path, top.length)) return NO_MEMORY;
    for (size_t i = 0; i < top.n; i++) {
        uint32_t other = ((uint32_t *)x->before.items)[top.first + i];
        if (put_u32(&x->others, other) || put_u64(&x->at, tree_start(x, other))) return NO_MEMORY;
    }
    x->paths.n = top.path, x->before.n = top.first; /* what waits on top was put there last */
    uint64_t start = tree_start(x, top.tree), *at = x->at.items;
    const uint32_t *others = x->others.items;
    for (uint64_t k = start; k < x->ends[top.tree]; k++) {
        uint64_t item = x->items[k];
        int held = k > start && x->items[k - 1] == item; /* twice, in a malformed tree */
        for (size_t i = 0; i < top.n && !held; i++) {
            uint64_t end = x->ends[others[i]];
            while (at[i] < end && x->items[at[i]] < item) at[i]++;
            held = at[i] < end && x->items[at[i]] == item;
        }
        if (held) continue;
        size_t n;
        const uint8_t *name = name_of(x, item, &n);
        if (put(&x->path, name, n)) return NO_MEMORY;
        int is_tree = (item & 3) == ITEM_TREE;
        int state = is_tree ? put(&x->path, "/", 1) : introduced_note(x, (uint32_t)item, step);
        if (state == OK && is_tree) state = introduced_wait(x, item, top.n);
        if (state != OK) return state;
        x->path.n = top.length;
    }
    return OK;
}

/* `steps`: for each, a tree, how many others, and which. What came in several came in the first. */
static int introduced_find(Introduced *x, const uint32_t *steps, size_t n) {
    uint32_t step = 0;
    for (size_t at = 0; at < n; step++) {
        if (n - at < 2 || steps[at] >= x->n_trees || steps[at + 1] > n - at - 2) return MALFORMED;
        Waiting *room = grow(&x->stack, sizeof *room, 1);
        if (!room) return NO_MEMORY;
        room->path = x->paths.n, room->length = 0, room->first = x->before.n, room->n = steps[at + 1];
        room->tree = steps[at], x->stack.n++, at += 2;
        for (size_t i = 0; i < room->n; i++, at++) {
            if (steps[at] >= x->n_trees) return MALFORMED;
            if (put_u32(&x->before, steps[at])) return NO_MEMORY;
        }
        while (x->stack.n) {
            int state = introduced_compare(x, step);
            if (state != OK) return state;
        }
    }
    return OK;
}

#endif
