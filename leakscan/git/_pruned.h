/* Trees without what leads to nothing wanted. Works on what `trees_walk` has written down and what `hits_find` has found in it:
   lists of wanted entries, each by what comes to another one and what goes. Two lists whose entries are wanted for the same
   things under the same names are one pruned tree, whatever else the trees hold. */

#ifndef LEAKSCAN_PRUNED_H
#define LEAKSCAN_PRUNED_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* What an entry of a pruned tree is: name << 32 | index << 2 | one of these. */
enum { ITEM_BLOB = 0, ITEM_TREE = 1, ITEM_NAME = 2 };
enum { UNKNOWN = 0xFFFFFFFF, ITEM_INDEX = (1 << 30) - 1 };

/* From 64-bit keys, which are hashes already, to numbers. */
typedef struct {
    uint64_t *keys;
    uint32_t *values; /* number + 1; 0 is a free slot */
    size_t size;
} Map;

static int map_make(Map *map, size_t n) {
    for (map->size = 16; map->size < 2 * n; map->size *= 2) {}
    map->keys = malloc(map->size * 8), map->values = calloc(map->size, 4);
    return map->keys && map->values ? OK : NO_MEMORY;
}

static size_t map_slot(const Map *map, uint64_t key) {
    size_t at = key & (map->size - 1);
    while (map->values[at] && map->keys[at] != key) at = (at + 1) & (map->size - 1);
    return at;
}

static void map_put(Map *map, uint64_t key, uint32_t value) {
    size_t at = map_slot(map, key);
    map->keys[at] = key, map->values[at] = value + 1;
}

static int map_get(const Map *map, uint64_t key, uint32_t *value) {
    size_t at = map_slot(map, key);
    *value = map->values[at] - 1;
    return map->values[at] != 0;
}

typedef struct {
    const Head *heads;
    const uint64_t *keys;
    const uint32_t *numbers;
    const uint8_t *wanted, *names; /* by number, whether a name is wanted; the names, a NUL between each two */
    size_t n_heads, n_entries, n_names, names_size;
    const uint8_t **starts; /* of the names, and where the last one ends */
    uint32_t *own;          /* by number of a name, its number among those that are needed, + 1; 0 where it has none */
} Source;

typedef struct {
    uint32_t base, come, go; /* the list that this one is made from (0: none), and how many edges come and go */
    size_t first;            /* the first of them; those that come are before those that go */
} Wanted;

typedef struct {
    uint64_t item; /* of a list, ITEM_TREE has the number of a list */
    int64_t times;
} Edge;

typedef struct {
    uint64_t seed;
    Source *sources;
    size_t n_sources;
    Map blobs, trees; /* what is wanted, by number; lists by the keys of the trees that have them */
    Names names;
    List lists; /* Wanted, from the list 1 */
    List edges; /* uint64 items */
    uint32_t *number; /* by list, of the pruned tree; UNKNOWN where it has not been made */
    uint8_t *begun;   /* by list, whether what it needs was asked for: 1 from its base, 2 by itself */
    List stack;       /* uint64: list << 1 | by itself */
    List some, items; /* scratch: Edge, uint64 */
    /* The pruned trees from 0, which is empty. */
    List ends, all, counts, hashes; /* uint64 ends of their items; uint64 items, sorted; uint32 paths below; uint64 */
    uint32_t *table;                /* open addressing, number + 1 */
    size_t table_size;
} Pruned;

static void pruned_free(Pruned *p) {
    for (size_t i = 0; i < p->n_sources; i++) free(p->sources[i].starts), free(p->sources[i].own);
    free(p->sources), free(p->blobs.keys), free(p->blobs.values), free(p->trees.keys), free(p->trees.values);
    names_free(&p->names);
    free(p->lists.items), free(p->edges.items), free(p->number), free(p->begun), free(p->stack.items), free(p->some.items);
    free(p->items.items), free(p->ends.items), free(p->all.items), free(p->counts.items), free(p->hashes.items), free(p->table);
}

static int put_u64(List *list, uint64_t value) {
    uint64_t *room = grow(list, sizeof *room, 1);
    if (!room) return NO_MEMORY;
    *room = value, list->n++;
    return OK;
}

static int put_u32(List *list, uint32_t value) {
    uint32_t *room = grow(list, sizeof *room, 1);
    if (!room) return NO_MEMORY;
    *room = value, list->n++;
    return OK;
}

static int put_edge(List *list, uint64_t item, int64_t times) {
    Edge *room = grow(list, sizeof *room, 1);
    if (!room) return NO_MEMORY;
    room->item = item, room->times = times, list->n++;
    return OK;
}

/* Where each of the names of a source starts. */
static int source_open(Source *s) {
    s->starts = malloc((s->n_names + 1) * sizeof *s->starts), s->own = calloc(s->n_names + 1, 4);
    if (!s->starts || !s->own) return NO_MEMORY;
    const uint8_t *at = s->names, *end = s->names + s->names_size;
    for (size_t i = 0; i < s->n_names; i++) {
        const uint8_t *nul = i + 1 < s->n_names && at ? memchr(at, 0, (size_t)(end - at)) : end;
        if (!nul) return MALFORMED;
        s->starts[i] = at, at = nul + 1;
    }
    s->starts[s->n_names] = at;
    return OK;
}

/* Puts what an entry is wanted for behind the edges: up to two items. */
static int pruned_edge(Pruned *p, Source *s, size_t entry, uint32_t *n) {
    uint32_t local = s->numbers[entry] >> 2, kind = s->numbers[entry] & 3, index;
    if (local >= s->n_names) return MALFORMED;
    if (!s->own[local]) {
        const uint8_t *name = s->starts[local];
        uint32_t number;
        if (name_number(&p->names, name, (size_t)(s->starts[local + 1] - 1 - name), p->seed, &number)) return NO_MEMORY;
        if (number >= ITEM_INDEX) return TOO_LARGE;
        s->own[local] = number + 1;
    }
    uint64_t name = s->own[local] - 1, prefix = name << 32;
    if (s->wanted[local]) {
        if (put_u64(&p->edges, prefix | name << 2 | ITEM_NAME)) return NO_MEMORY;
        ++*n;
    }
    int found = kind == ENTRY_BLOB   ? map_get(&p->blobs, s->keys[entry], &index)
                : kind == ENTRY_TREE ? map_get(&p->trees, s->keys[entry], &index)
                                     : 0;
    if (found) {
        if (put_u64(&p->edges, prefix | (uint64_t)index << 2 | (kind == ENTRY_BLOB ? ITEM_BLOB : ITEM_TREE))) return NO_MEMORY;
        ++*n;
    }
    return OK;
}

/* The lists, from what `hits_find` has written of them. */
static int pruned_lists(Pruned *p, const uint32_t *changes, size_t n) {
    Wanted *none = grow(&p->lists, sizeof *none, 1);
    if (!none) return NO_MEMORY;
    memset(none, 0, sizeof *none), p->lists.n++;
    size_t source = 0, start = 0;
    for (size_t at = 0; at < n;) {
        if (n - at < 3 || p->lists.n >= ITEM_INDEX) return MALFORMED;
        Wanted list = {changes[at], 0, 0, p->edges.n};
        size_t come = changes[at + 1], go = changes[at + 2];
        at += 3;
        if (list.base >= p->lists.n || come > n - at || go > n - at - come) return MALFORMED;
        for (size_t i = 0; i < come + go; i++, at++) {
            while (source < p->n_sources && changes[at] - start >= p->sources[source].n_entries)
                start += p->sources[source++].n_entries;
            if (source == p->n_sources || changes[at] < start) return MALFORMED;
            int state = pruned_edge(p, p->sources + source, changes[at] - start, i < come ? &list.come : &list.go);
            if (state != OK) return state;
        }
        Wanted *room = grow(&p->lists, sizeof *room, 1);
        if (!room) return NO_MEMORY;
        *room = list, p->lists.n++;
    }
    for (size_t i = 0; i < p->trees.size; i++)
        if (p->trees.values[i] > p->lists.n) return MALFORMED;
    p->number = malloc(p->lists.n * 4), p->begun = calloc(p->lists.n, 1);
    if (!p->number || !p->begun) return NO_MEMORY;
    memset(p->number, 0xFF, p->lists.n * 4);
    p->number[0] = 0;
    return put_u64(&p->ends, 0) || put_u32(&p->counts, 0) || put_u64(&p->hashes, 0) ? NO_MEMORY : OK;
}

static int edge_order(const void *a, const void *b) {
    uint64_t x = ((const Edge *)a)->item, y = ((const Edge *)b)->item;
    return x < y ? -1 : x > y;
}

/* Sorts `some`; what is there more than once is added up, and what comes to nothing is left out. */
static void edges_net(List *some) {
    Edge *e = some->items;
    size_t n = 0;
    if (some->n > 1) qsort(e, some->n, sizeof *e, edge_order);
    for (size_t i = 0; i < some->n;) {
        Edge sum = e[i++];
        while (i < some->n && e[i].item == sum.item) sum.times += e[i++].times;
        if (sum.times) e[n++] = sum;
    }
    some->n = n;
}

static int edges_of(Pruned *p, uint32_t list) {
    const Wanted *w = (Wanted *)p->lists.items + list;
    for (size_t i = 0; i < (size_t)w->come + w->go; i++)
        if (put_edge(&p->some, ((uint64_t *)p->edges.items)[w->first + i], i < w->come ? 1 : -1)) return NO_MEMORY;
    return OK;
}

/* What a list holds, or with its base what it changes, into `some`. */
static int edges_read(Pruned *p, uint32_t list, int alone) {
    p->some.n = 0;
    if (!alone) return edges_of(p, list);
    for (; list; list = ((Wanted *)p->lists.items + list)->base)
        if (edges_of(p, list)) return NO_MEMORY;
    edges_net(&p->some);
    return OK;
}

/* The number of the pruned tree that holds `items`. */
static int pruned_once(Pruned *p, uint32_t *number) {
    size_t n = p->items.n, trees = p->ends.n;
    const uint64_t *items = p->items.items;
    uint64_t hash = p->seed ^ n;
    if (!n) {
        *number = 0;
        return OK;
    }
    if (trees * 2 >= p->table_size) {
        size_t size = p->table_size ? p->table_size * 2 : 1024;
        uint32_t *table = calloc(size, sizeof *table);
        if (!table) return NO_MEMORY;
        for (size_t i = 1; i < trees; i++) {
            size_t at = ((uint64_t *)p->hashes.items)[i] & (size - 1);
            while (table[at]) at = (at + 1) & (size - 1);
            table[at] = (uint32_t)i + 1;
        }
        free(p->table);
        p->table = table, p->table_size = size;
    }
    for (size_t i = 0; i < n; i++) {
        hash = (hash ^ items[i]) * 0xD6E8FEB86659FD93u;
        hash = (hash ^ hash >> 32) + p->seed;
    }
    hash ^= hash >> 29;
    size_t at = hash & (p->table_size - 1);
    const uint64_t *ends = p->ends.items;
    for (; p->table[at]; at = (at + 1) & (p->table_size - 1)) {
        uint32_t i = p->table[at] - 1;
        if (((uint64_t *)p->hashes.items)[i] == hash && ends[i] - ends[i - 1] == n &&
            !memcmp((uint64_t *)p->all.items + ends[i - 1], items, n * 8)) {
            *number = i;
            return OK;
        }
    }
    if (trees >= ITEM_INDEX) return TOO_LARGE;
    uint64_t count = 0, *room = grow(&p->all, sizeof *room, n);
    if (!room) return NO_MEMORY;
    memcpy(room, items, n * 8), p->all.n += n;
    for (size_t i = 0; i < n; i++)
        count += (items[i] & 3) == ITEM_TREE ? ((uint32_t *)p->counts.items)[items[i] >> 2 & ITEM_INDEX] : 1;
    if (put_u64(&p->ends, p->all.n) || put_u64(&p->hashes, hash) ||
        put_u32(&p->counts, count < UINT32_MAX ? (uint32_t)count : UINT32_MAX))
        return NO_MEMORY;
    p->table[at] = (uint32_t)trees + 1;
    *number = (uint32_t)trees;
    return OK;
}

/* The tree of a list: from its base's and `some`, or from `some` alone. What it needs has been made. */
static int pruned_make(Pruned *p, uint32_t list, int alone) {
    Edge *e = p->some.items;
    size_t n = 0, at, end;
    for (size_t i = 0; i < p->some.n; i++) {
        uint64_t item = e[i].item;
        if ((item & 3) == ITEM_TREE) {
            uint32_t tree = p->number[item >> 2 & ITEM_INDEX];
            if (!tree || tree == UNKNOWN) continue; /* unknown: a tree in itself, which no hash allows */
            item = item >> 32 << 32 | (uint64_t)tree << 2 | ITEM_TREE;
        }
        e[n].item = item, e[n++].times = e[i].times;
    }
    p->some.n = n;
    edges_net(&p->some);
    e = p->some.items, n = p->some.n;
    uint32_t base = alone ? 0 : p->number[((Wanted *)p->lists.items + list)->base];
    if (!n) {
        p->number[list] = base;
        return OK;
    }
    at = base ? (size_t)((uint64_t *)p->ends.items)[base - 1] : 0, end = base ? (size_t)((uint64_t *)p->ends.items)[base] : 0;
    const uint64_t *all = p->all.items;
    p->items.n = 0;
    for (size_t i = 0; i < n; i++) {
        int64_t times = e[i].times;
        for (; at < end && all[at] < e[i].item; at++)
            if (put_u64(&p->items, all[at])) return NO_MEMORY;
        for (; at < end && all[at] == e[i].item; at++) times++;
        for (; times > 0; times--)
            if (put_u64(&p->items, e[i].item)) return NO_MEMORY;
    }
    for (; at < end; at++)
        if (put_u64(&p->items, all[at])) return NO_MEMORY;
    return pruned_once(p, p->number + list);
}

/* Prunes the tree of a list, and before it what that depends on. No recursion: trees can be deep. A tree is made from its
   base's, so it waits for that, and that for its subtrees, one of which can be the first: a tree that is stored as what it
   differs in from the one that holds it. Then the first is made from its own entries. */
static int pruned_fill(Pruned *p, uint32_t list) {
    p->stack.n = 0;
    if (p->number[list] == UNKNOWN && put_u64(&p->stack, (uint64_t)list << 1)) return NO_MEMORY;
    while (p->stack.n) {
        uint64_t *top = (uint64_t *)p->stack.items + p->stack.n - 1;
        unsigned alone = *top & 1, bit = 1 + alone;
        list = (uint32_t)(*top >> 1);
        if (p->number[list] != UNKNOWN) {
            p->stack.n--;
            continue;
        }
        if (edges_read(p, list, (int)alone)) return NO_MEMORY;
        int waits = 0, begun = p->begun[list] & bit;
        p->begun[list] |= (uint8_t)bit;
        uint32_t base = alone ? 0 : ((Wanted *)p->lists.items + list)->base;
        for (size_t i = 0; i <= p->some.n; i++) {
            const Edge *e = (Edge *)p->some.items + i;
            uint32_t needed = i == p->some.n ? base : (e->item & 3) == ITEM_TREE ? (uint32_t)(e->item >> 2) & ITEM_INDEX : 0;
            if (p->number[needed] != UNKNOWN) continue;
            waits = 1;
            if (!begun && !(p->begun[needed] & bit) && put_u64(&p->stack, (uint64_t)needed << 1 | alone)) return NO_MEMORY;
        }
        if (waits && !begun) continue;
        if (waits && !alone) {
            ((uint64_t *)p->stack.items)[p->stack.n - 1] |= 1;
            continue;
        }
        int state = pruned_make(p, list, (int)alone);
        if (state != OK) return state;
    }
    return OK;
}

/* The lists of trees by their keys; a later tree with one counts for an earlier one of the same key. */
static int pruned_trees(Pruned *p, const uint32_t *lists, size_t n) {
    size_t some = 0, at = 0;
    for (size_t i = 0; i < n; i++) some += lists[i] != 0;
    if (map_make(&p->trees, some)) return NO_MEMORY;
    for (size_t i = 0; i < p->n_sources; i++) {
        for (size_t k = 0; k < p->sources[i].n_heads; k++, at++) {
            if (at == n) return MALFORMED;
            if (lists[at]) map_put(&p->trees, p->sources[i].heads[k].key, lists[at]);
        }
    }
    return at == n ? OK : MALFORMED;
}

/* The numbers of the trees with these keys. */
static int pruned_roots(Pruned *p, const uint64_t *roots, size_t n, uint32_t *numbers) {
    for (size_t i = 0; i < n; i++) {
        uint32_t list;
        int state = map_get(&p->trees, roots[i], &list) ? pruned_fill(p, list) : OK;
        if (state != OK) return state;
        numbers[i] = map_get(&p->trees, roots[i], &list) ? p->number[list] : 0;
    }
    return OK;
}

#endif
