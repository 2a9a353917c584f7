/* Rewriting families of trees: each tree with the ids in it exchanged for those that a table says, as a pack's entry that is a
   delta of the new form of what the old tree was a delta of. */

#ifndef LEAKSCAN_PATCH_H
#define LEAKSCAN_PATCH_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { VISIT = 1, REWRITE = 2, STORED = 192 /* bytes of a delta up to which compressing does not pay */ };

typedef struct {
    uint8_t *old, *new; /* contents of one size; `new` is NULL where that is not known */
    size_t size;
    uint8_t id[32]; /* of the new one */
} Pair;

typedef struct {
    const uint8_t *pack;
    size_t pack_size, id_size;
    const uint8_t *table; /* what may be exchanged, as `table` makes it */
    size_t table_size;
    uint64_t seed, at; /* where in the new pack the next entry starts */
    List out, places; /* uint64: where in the tree at hand ids were exchanged */
    /* What Python keeps. Each returns OK, 1 where there is nothing, or NO_MEMORY. */
    void *context;
    int (*exchange)(void *context, const uint8_t *id, uint8_t *instead);
    int (*offset)(void *context, const uint8_t *id, uint64_t *offset);
    int (*learn)(void *context, const uint8_t *old, const uint8_t *new, int64_t offset); /* -1: nothing was written */
    int (*digest)(void *context, const uint8_t *data, size_t size, uint8_t *id);
    int (*compress)(void *context, const uint8_t *data, size_t size, List *out);
} Patch;

static void pair_free(Pair *pair) {
    free(pair->old), free(pair->new);
    pair->old = pair->new = NULL;
}

/* `pair->new` from `pair->old`; how many ids were exchanged, or an error. */
static int64_t patch_ids(Patch *p, Pair *pair) {
    const uint8_t *at = pair->old, *end = at + pair->size;
    int64_t n = 0;
    Row row;
    p->places.n = 0;
    pair->new = malloc(pair->size + 1);
    if (!pair->new) return NO_MEMORY;
    memcpy(pair->new, pair->old, pair->size);
    while (at < end) {
        if (row_at(at, end, p->id_size, &row)) return MALFORMED;
        at = row.id + p->id_size;
        if (!table_has(p->table, p->table_size, hash_bytes(row.id, p->id_size, p->seed))) continue;
        if (row.mode_size == 6 && !memcmp(row.mode, "160000", 6)) continue;
        int found = p->exchange(p->context, row.id, pair->new + (row.id - pair->old));
        if (found < 0) return found;
        if (found) continue;
        uint64_t *place = grow(&p->places, sizeof *place, 1);
        if (!place) return NO_MEMORY;
        *place = (uint64_t)(row.id - pair->old), p->places.n++, n++;
    }
    return n;
}

/* Whether the new tree is the old one but for ids that were to be exchanged, where the old one has ids. */
static int patch_holds(Patch *p, const Pair *pair) {
    const uint64_t *places = p->places.items;
    uint8_t instead[32];
    size_t at = 0;
    for (size_t i = 0; i < p->places.n; i++) {
        size_t place = (size_t)places[i];
        if (place < at || memcmp(pair->old + at, pair->new + at, place - at)) return MALFORMED;
        int found = p->exchange(p->context, pair->old + place, instead);
        if (found) return found < 0 ? found : MALFORMED;
        if (memcmp(instead, pair->new + place, p->id_size)) return MALFORMED;
        at = place + p->id_size;
    }
    return memcmp(pair->old + at, pair->new + at, pair->size - at) ? MALFORMED : OK;
}

static int put_entry_head(List *out, unsigned type, uint64_t size) {
    uint8_t byte = (uint8_t)(type << 4 | (size & 15));
    for (size >>= 4; size; size >>= 7) {
        byte |= 128;
        if (put(out, &byte, 1)) return NO_MEMORY;
        byte = (uint8_t)(size & 127);
    }
    return put(out, &byte, 1);
}

static int put_distance(List *out, uint64_t back) {
    uint8_t bytes[10];
    size_t n = sizeof bytes;
    bytes[--n] = (uint8_t)(back & 127);
    while (back >>= 7) bytes[--n] = (uint8_t)(128 | (--back & 127));
    return put(out, bytes + n, sizeof bytes - n);
}

/* A zlib stream of one block that is not compressed. https://www.rfc-editor.org/rfc/rfc1950 */
static int put_stored(List *out, const uint8_t *data, size_t n) {
    uint32_t a = 1, b = 0;
    uint8_t head[7] = {0x78, 0x01, 1, (uint8_t)n, (uint8_t)(n >> 8), (uint8_t)~n, (uint8_t)(~n >> 8)}, sum[4];
    for (size_t i = 0; i < n; i++) a = (a + data[i]) % 65521, b = (b + a) % 65521;
    sum[0] = (uint8_t)(b >> 8), sum[1] = (uint8_t)b, sum[2] = (uint8_t)(a >> 8), sum[3] = (uint8_t)a;
    return put(out, head, sizeof head) || put(out, data, n) || put(out, sum, sizeof sum) ? NO_MEMORY : OK;
}

static int put_tree(Patch *p, const Pair *pair, const Pair *base, const List *copies) {
    List delta = {0};
    uint64_t from = 0;
    size_t before = p->out.n;
    int state = base && base->new ? p->offset(p->context, base->id, &from) : 1, deltified = 0;
    if (state == OK) {
        state = delta_along(base->new, base->size, pair->new, pair->size, copies->items, copies->n, &delta);
        deltified = state == OK && 2 * delta.n < pair->size && from < p->at;
    }
    if (state == 1) state = OK;
    if (state == OK && deltified) {
        state = put_entry_head(&p->out, OFS_DELTA, delta.n) || put_distance(&p->out, p->at - from) ? NO_MEMORY : OK;
        if (state == OK)
            state = delta.n <= STORED ? put_stored(&p->out, delta.items, delta.n) : p->compress(p->context, delta.items, delta.n, &p->out);
    } else if (state == OK) {
        state = put_entry_head(&p->out, TREE, pair->size);
        if (state == OK) state = p->compress(p->context, pair->new, pair->size, &p->out);
    }
    free(delta.items);
    p->at += p->out.n - before;
    return state;
}

/* One tree that is made from `base`; `mark` says whether it is to be rewritten, or was before. */
static int patch_step(Patch *p, const Step *step, const uint8_t *id, const Pair *base, Pair *pair, int mark) {
    List copies = {0};
    uint64_t size = step->size, known;
    int state = OK;
    if (step->data > p->pack_size || step->size > UINT32_MAX) return MALFORMED;
    uint8_t *body = malloc((size_t)step->size + 1);
    if (!body) return NO_MEMORY;
    if (inflate_stream(p->pack + step->data, p->pack_size - (size_t)step->data, body, (size_t)step->size, 0)) state = MALFORMED;
    if (state == OK && step->depth) {
        const uint8_t *at = body, *end = body + step->size;
        state = delta_target(&at, end, base->size, UINT32_MAX, &size);
        if (state == OK && !(pair->old = malloc((size_t)size + 1))) state = NO_MEMORY;
        if (state == OK) state = delta_apply(at, end, base->old, base->size, pair->old, (size_t)size, &copies);
    } else if (state == OK) {
        pair->old = body, body = NULL;
    }
    free(body);
    pair->size = (size_t)size;
    if (state == OK && (mark & REWRITE)) {
        int64_t n = patch_ids(p, pair);
        if (n < 0) {
            state = (int)n;
        } else if (!n) {
            memcpy(pair->id, id, p->id_size);
            state = p->learn(p->context, id, id, -1);
        } else {
            uint64_t start = p->at;
            state = patch_holds(p, pair);
            if (state == OK) state = p->digest(p->context, pair->new, pair->size, pair->id);
            if (state == OK) state = p->offset(p->context, pair->id, &known);
            int news = state == 1;
            if (news) state = put_tree(p, pair, step->depth ? base : NULL, &copies);
            if (state == OK) state = p->learn(p->context, id, pair->id, news ? (int64_t)start : -1);
        }
    } else if (state == OK && p->exchange(p->context, id, pair->id) == OK) { /* rewritten before: something may rest on it */
        int64_t n = patch_ids(p, pair);
        if (n < 0) state = (int)n;
    }
    free(copies.items);
    return state;
}

static int patch_walk(Patch *p, const Index *own, const Step *steps, const uint8_t *marks, size_t n) {
    List stack = {0};
    int state = OK;
    for (size_t i = 0; i < n && state == OK; i++) {
        uint32_t depth = steps[i].depth;
        if (!marks[i]) continue;
        if (depth > stack.n || steps[i].index >= own->n) {
            state = MALFORMED;
            break;
        }
        if (depth == stack.n) {
            Pair *room = grow(&stack, sizeof *room, 1);
            if (!room) {
                state = NO_MEMORY;
                break;
            }
            memset(room, 0, sizeof *room);
            stack.n++;
        }
        Pair *pairs = stack.items;
        for (size_t k = depth; k < stack.n; k++) pair_free(pairs + k);
        if (depth && !pairs[depth - 1].old) {
            state = MALFORMED;
            break;
        }
        state = patch_step(p, steps + i, own->names + (size_t)steps[i].index * p->id_size, depth ? pairs + depth - 1 : NULL, pairs + depth, marks[i]);
    }
    for (size_t i = 0; i < stack.n; i++) pair_free((Pair *)stack.items + i);
    free(stack.items);
    return state;
}

#endif
