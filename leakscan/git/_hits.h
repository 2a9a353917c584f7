/* Which trees lead to something wanted: the trees that name it, the trees that name those, and so on. Works on what
   `trees_walk` has written down: a tree has what its base has, less what it dropped, and what it added. */

#ifndef LEAKSCAN_HITS_H
#define LEAKSCAN_HITS_H

#include <stdint.h>
#include <stdlib.h>

enum { FILTER_BITS = 19 };

typedef struct {
    uint64_t *slots; /* open addressing; the keys are hashes already. 0 is a free slot, so the key 0 is `zero` */
    size_t size, n;
    int zero;
    uint8_t *filter; /* a bit for the upper bits of each key: nearly every question is answered by it, from a fast cache */
} Set;

static int set_has(const Set *s, uint64_t key) {
    uint64_t bit = key >> (64 - FILTER_BITS);
    if (!(s->filter[bit >> 3] >> (bit & 7) & 1)) return 0;
    if (!key) return s->zero;
    for (size_t at = key & (s->size - 1); s->slots[at]; at = (at + 1) & (s->size - 1))
        if (s->slots[at] == key) return 1;
    return 0;
}

static int set_add(Set *s, uint64_t key) {
    if (s->n * 2 >= s->size) {
        size_t size = s->size ? s->size * 2 : 256;
        Set larger = {calloc(size, 8), size, 0, s->zero, s->filter ? s->filter : calloc((1 << FILTER_BITS) / 8, 1)};
        if (!larger.slots || !larger.filter) {
            free(larger.slots);
            s->filter = larger.filter;
            return NO_MEMORY;
        }
        for (size_t i = 0; i < s->size; i++)
            if (s->slots[i]) set_add(&larger, s->slots[i]); /* has room: does not grow */
        free(s->slots);
        *s = larger;
    }
    uint64_t bit = key >> (64 - FILTER_BITS);
    s->filter[bit >> 3] |= (uint8_t)(1 << (bit & 7));
    if (!key) {
        s->zero = 1;
        return OK;
    }
    size_t at = key & (s->size - 1);
    for (; s->slots[at]; at = (at + 1) & (s->size - 1))
        if (s->slots[at] == key) return OK;
    s->slots[at] = key, s->n++;
    return OK;
}

/* What one walk of trees has written down. */
typedef struct {
    const Head *heads;
    const uint64_t *keys;
    const uint32_t *numbers;
    const uint8_t *names; /* by number, whether a name is wanted */
    size_t n_heads, n_entries, n_names;
} Part;

typedef struct {
    const Part *parts;
    size_t n_parts;
    Set blobs, trees;
    List lists;   /* uint32 for each head: the number of its list of wanted entries; 0 where it has none */
    List changes; /* uint32: for each list from 1: the list that it is made from, how many entries come and go, and which */
    List grown;   /* uint64 keys of trees that lead to something wanted, beyond those that were given */
    List stack;   /* uint64 by depth */
} Hits;

static int wanted(const Hits *h, const Part *part, size_t entry) {
    uint32_t number = part->numbers[entry], kind = number & 3;
    if (kind == ENTRY_BLOB && set_has(&h->blobs, part->keys[entry])) return 1;
    if (kind == ENTRY_TREE && set_has(&h->trees, part->keys[entry])) return 1;
    return number >> 2 < part->n_names && part->names[number >> 2];
}

/* How many wanted entries each tree has. What leads to them is wanted itself from here on; 1 where that is news. A count may be
   too small where a tree became wanted in the middle of a pass; then there is another one. */
static int hits_pass(Hits *h, const Part *part) {
    size_t entry = 0;
    int news = 0;
    h->stack.n = 0;
    for (size_t i = 0; i < part->n_heads; i++) {
        const Head *head = part->heads + i;
        if (head->depth > h->stack.n || head->added > part->n_entries - entry ||
            head->dropped > part->n_entries - entry - head->added)
            return MALFORMED;
        if (head->depth == h->stack.n) {
            if (!grow(&h->stack, sizeof(int64_t), 1)) return NO_MEMORY;
            h->stack.n++;
        }
        int64_t *counts = h->stack.items, count = head->depth ? counts[head->depth - 1] : 0;
        for (uint32_t k = 0; k < head->added; k++) count += wanted(h, part, entry++);
        for (uint32_t k = 0; k < head->dropped; k++) count -= wanted(h, part, entry++);
        counts[head->depth] = count;
        if (count > 0 && !set_has(&h->trees, head->key)) {
            uint64_t *key = grow(&h->grown, sizeof *key, 1);
            if (!key || set_add(&h->trees, head->key)) return NO_MEMORY;
            *key = head->key, h->grown.n++;
            news = 1;
        }
    }
    return news;
}

/* The lists of wanted entries: a tree that neither adds nor drops any has its base's. `before`: entries of earlier parts. */
static int hits_lists(Hits *h, const Part *part, size_t before, uint32_t *n_lists) {
    size_t entry = 0;
    h->stack.n = 0;
    for (size_t i = 0; i < part->n_heads; i++) {
        const Head *head = part->heads + i;
        if (head->depth == h->stack.n) {
            if (!grow(&h->stack, sizeof(uint32_t), 1)) return NO_MEMORY;
            h->stack.n++;
        }
        uint32_t *lists = h->stack.items, list = head->depth ? lists[head->depth - 1] : 0, counts[2] = {0, 0};
        size_t first = h->changes.n;
        for (uint32_t k = 0; k < head->added + head->dropped; k++, entry++) {
            if (!wanted(h, part, entry)) continue;
            if (!grow(&h->changes, sizeof(uint32_t), 4)) return NO_MEMORY;
            if (h->changes.n == first) h->changes.n += 3;
            ((uint32_t *)h->changes.items)[h->changes.n++] = (uint32_t)(before + entry);
            counts[k >= head->added]++;
        }
        if (h->changes.n > first) {
            uint32_t *change = (uint32_t *)h->changes.items + first;
            change[0] = list, change[1] = counts[0], change[2] = counts[1];
            list = ++*n_lists;
        }
        uint32_t *out = grow(&h->lists, sizeof *out, 1);
        if (!out) return NO_MEMORY;
        *out = list, h->lists.n++;
        lists[head->depth] = list;
    }
    return OK;
}

static int hits_find(Hits *h, const uint64_t *blobs, size_t n_blobs, const uint64_t *trees, size_t n_trees) {
    int state = set_add(&h->blobs, 0) || set_add(&h->trees, 0) ? NO_MEMORY : OK; /* tables of some size */
    h->blobs.zero = h->trees.zero = 0;
    for (size_t i = 0; state == OK && i < n_blobs; i++) state = set_add(&h->blobs, blobs[i]);
    for (size_t i = 0; state == OK && i < n_trees; i++) state = set_add(&h->trees, trees[i]);
    for (int news = 1; state == OK && news;) {
        news = 0;
        for (size_t i = h->n_parts; state == OK && i-- > 0;) { /* packs have roots first, and what is in them behind */
            int some = hits_pass(h, h->parts + i);
            if (some < 0) state = some;
            news |= some > 0;
        }
    }
    size_t before = 0;
    uint32_t n_lists = 0;
    for (size_t i = 0; state == OK && i < h->n_parts; before += h->parts[i++].n_entries)
        state = before > UINT32_MAX ? TOO_LARGE : hits_lists(h, h->parts + i, before, &n_lists);
    return state;
}

#endif
