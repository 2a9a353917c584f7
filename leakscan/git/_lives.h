/* From when to when groups of things are in history: which commits have one that none of their parents has, and the other way
   round. A group is a bit; 64 of them are looked at together. */

#ifndef LEAKSCAN_LIVES_H
#define LEAKSCAN_LIVES_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { GROUPS = 64, IN_HEAD = 1, REACHABLE = 2, HELD_BY_NOTHING = 2 };

typedef struct {
    Parents parents;
    const uint8_t *ranks, *oids, *of_head; /* how well each commit is held, the lower the better; ids; whether HEAD leads there */
    const int64_t *times;
    const uint32_t *here; /* each commit's tree, pruned */
    size_t id_size;
    uint32_t head; /* or UNKNOWN */
    const uint64_t *ends, *items; /* the pruned trees */
    size_t n_trees;
    uint64_t *trees, *texts, *commits; /* the groups that each tree holds; that each commit brings, its own and from above; holds */
    uint64_t *blobs, *names;           /* of what is wanted */
    size_t n_blobs, n_names;
    uint32_t *order; /* parents before children; NULL where no group has texts */
    size_t n_order;
    uint32_t *introduced, *removed; /* by group, commits or UNKNOWN */
    uint8_t *flags;
} Lives;

static void lives_free(Lives *l) {
    free(l->trees), free(l->texts), free(l->commits), free(l->blobs), free(l->names), free(l->order);
}

static int later(const Lives *l, uint32_t a, uint32_t b) {
    if (l->times[a] != l->times[b]) return l->times[a] > l->times[b];
    return memcmp(l->oids + a * l->id_size, l->oids + b * l->id_size, l->id_size) > 0;
}

static int earlier(const Lives *l, uint32_t a, uint32_t b) {
    if (l->ranks[a] != l->ranks[b]) return l->ranks[a] < l->ranks[b];
    return later(l, b, a);
}

/* Parents before children. Commits on a circle, which no hash allows, are left out. */
static int lives_order(Lives *l) {
    size_t n = l->parents.n, n_parents = n ? l->parents.ends[n - 1] : 0, done = 0;
    uint32_t *first = calloc(n + 2, 4), *child = malloc((n_parents + 1) * 4), *waits = malloc((n + 1) * 4);
    l->order = malloc((n + 1) * 4);
    int state = first && child && waits && l->order ? OK : NO_MEMORY;
    for (size_t k = 0; state == OK && k < n_parents; k++) first[l->parents.parents[k] + 2]++;
    for (size_t i = 0; state == OK && i < n; i++) first[i + 2] += first[i + 1];
    for (size_t i = 0; state == OK && i < n; i++) {
        waits[i] = (uint32_t)(l->parents.ends[i] - parents_start(&l->parents, i));
        for (size_t k = parents_start(&l->parents, i); k < l->parents.ends[i]; k++)
            child[first[l->parents.parents[k] + 1]++] = (uint32_t)i;
        if (!waits[i]) l->order[l->n_order++] = (uint32_t)i;
    }
    for (; state == OK && done < l->n_order; done++) { /* grows while it is walked */
        uint32_t i = l->order[done];
        for (uint32_t k = first[i]; k < first[i + 1]; k++)
            if (!--waits[child[k]]) l->order[l->n_order++] = child[k];
    }
    free(first), free(child), free(waits);
    return state;
}

static uint64_t above(const Lives *l, const uint64_t *of, size_t i) {
    uint64_t bits = 0;
    for (size_t k = parents_start(&l->parents, i); k < l->parents.ends[i]; k++) bits |= of[l->parents.parents[k]];
    return bits;
}

static unsigned lowest(uint64_t bits) {
    unsigned n = 0;
    for (; !(bits & 1); bits >>= 1) n++;
    return n;
}

/* What every commit holds of a block of groups. */
static void lives_hold(Lives *l, int texts) {
    size_t n = l->parents.n;
    for (size_t i = 0; i < l->n_trees; i++) {
        uint64_t bits = 0;
        for (uint64_t k = i ? l->ends[i - 1] : 0; k < l->ends[i]; k++) {
            uint32_t index = (uint32_t)(l->items[k] >> 2) & ITEM_INDEX, kind = l->items[k] & 3;
            bits |= kind == ITEM_TREE ? l->trees[index] : kind == ITEM_BLOB ? l->blobs[index] : l->names[index];
        }
        l->trees[i] = bits;
    }
    for (size_t k = 0; texts && k < l->n_order; k++) l->texts[l->order[k]] |= above(l, l->texts, l->order[k]);
    for (size_t i = 0; i < n; i++) l->commits[i] = l->trees[l->here[i]] | (texts ? l->texts[i] : 0);
}

/* The lives of the groups from `first`, of which there are `count`. */
static void lives_read(Lives *l, size_t first, size_t count) {
    uint64_t reachable = 0;
    for (uint32_t i = 0; i < l->parents.n; i++) {
        uint64_t here = l->commits[i], before = above(l, l->commits, i), some;
        if (l->ranks[i] != HELD_BY_NOTHING) reachable |= here;
        for (some = here & ~before; some; some &= some - 1) {
            uint32_t *best = l->introduced + first + lowest(some);
            if (*best == UNKNOWN || earlier(l, i, *best)) *best = i;
        }
        for (some = l->of_head[i] ? before & ~here : 0; some; some &= some - 1) {
            uint32_t *best = l->removed + first + lowest(some);
            if (*best == UNKNOWN || later(l, i, *best)) *best = i;
        }
    }
    uint64_t in_head = l->head == UNKNOWN ? 0 : l->commits[l->head];
    for (size_t g = 0; g < count; g++) {
        l->flags[first + g] = (uint8_t)((in_head >> g & 1 ? IN_HEAD : 0) | (reachable >> g & 1 ? REACHABLE : 0));
        if (in_head >> g & 1) l->removed[first + g] = UNKNOWN;
    }
}

/* Whether the numbers of all pairs are there. Those of `wanted` and `texts` are by group. */
static int lives_asked(const Lives *l, size_t n_groups, const uint32_t *wanted, size_t n_wanted, const uint32_t *texts,
                       size_t n_texts, const uint32_t *tips, size_t n_tips) {
    for (size_t i = 0; i < n_wanted; i++) {
        uint32_t kind = wanted[2 * i] & 3, group = wanted[2 * i + 1];
        size_t n = kind == ITEM_BLOB ? l->n_blobs : kind == ITEM_NAME ? l->n_names : 0;
        if (wanted[2 * i] >> 2 >= n || group >= n_groups || (i && group < wanted[2 * i - 1])) return MALFORMED;
    }
    for (size_t i = 0; i < n_texts; i++)
        if (texts[2 * i] >= l->parents.n || texts[2 * i + 1] >= n_groups || (i && texts[2 * i + 1] < texts[2 * i - 1])) return MALFORMED;
    for (size_t i = 0; i < n_tips; i++)
        if (tips[2 * i + 1] >= (tips[2 * i] ? l->n_trees : l->parents.n)) return MALFORMED;
    return OK;
}

/* `wanted` and `texts`: pairs of what and its group, by group: an item without its name; a commit. `tips`: pairs, whether a
   tree or a commit (0), and its number. Puts pairs of a tip and a group that it holds into `held`. */
static int lives_find(Lives *l, size_t n_groups, const uint32_t *wanted, size_t n_wanted, const uint32_t *texts, size_t n_texts,
                      const uint32_t *tips, size_t n_tips, List *held) {
    size_t w = 0, t = 0, n = l->parents.n;
    for (size_t first = 0; first < n_groups; first += GROUPS) {
        size_t count = n_groups - first < GROUPS ? n_groups - first : GROUPS;
        memset(l->blobs, 0, l->n_blobs * 8), memset(l->names, 0, l->n_names * 8), memset(l->texts, 0, n * 8);
        for (; w < n_wanted && wanted[2 * w + 1] < first + GROUPS; w++)
            ((wanted[2 * w] & 3) == ITEM_BLOB ? l->blobs : l->names)[wanted[2 * w] >> 2] |= (uint64_t)1 << (wanted[2 * w + 1] - first);
        size_t had = t;
        for (; t < n_texts && texts[2 * t + 1] < first + GROUPS; t++)
            l->texts[texts[2 * t]] |= (uint64_t)1 << (texts[2 * t + 1] - first);
        lives_hold(l, t > had);
        lives_read(l, first, count);
        for (size_t k = 0; k < n_tips; k++) {
            for (uint64_t some = (tips[2 * k] ? l->trees : l->commits)[tips[2 * k + 1]]; some; some &= some - 1)
                if (put_u32(held, (uint32_t)k) || put_u32(held, (uint32_t)first + lowest(some))) return NO_MEMORY;
        }
    }
    return OK;
}

#endif
