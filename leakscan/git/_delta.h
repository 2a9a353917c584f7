/* Git's deltas (gitformat-pack, "Deltified representation"): https://git-scm.com/docs/gitformat-pack */

#ifndef LEAKSCAN_DELTA_H
#define LEAKSCAN_DELTA_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    uint32_t base_start, start, length;
} Copied;

typedef struct {
    uint32_t start, end;
} Window;

typedef struct {
    void *items;
    size_t n, room;
} List;

enum { OK = 0, MALFORMED = -1, TOO_LARGE = -2, NO_MEMORY = -3 };

/* Room for `more` items of `size` bytes at the end; NULL where there is no memory. */
static void *grow(List *list, size_t size, size_t more) {
    if (!list->items || list->n + more > list->room) {
        size_t room = list->room * 2 + more + 16;
        void *items = room > SIZE_MAX / size ? NULL : realloc(list->items, room * size);
        if (!items) return NULL;
        list->items = items, list->room = room;
    }
    return (char *)list->items + list->n * size;
}

static int varint(const uint8_t **p, const uint8_t *end, uint64_t *value) {
    uint64_t v = 0;
    for (unsigned shift = 0; *p < end; shift += 7) {
        uint8_t byte = *(*p)++;
        if (shift > 56) return MALFORMED; /* sizes above 2**63 */
        v |= (uint64_t)(byte & 127) << shift;
        if (!(byte & 128)) {
            *value = v;
            return OK;
        }
    }
    return MALFORMED;
}

/* The size of the target, once the delta is known to fit a base of `base_size` bytes. */
static int delta_target(const uint8_t **p, const uint8_t *end, size_t base_size, uint64_t limit, uint64_t *size) {
    uint64_t expected;
    if (varint(p, end, &expected) || expected != base_size || varint(p, end, size)) return MALFORMED;
    return *size > limit || *size > UINT32_MAX || base_size > UINT32_MAX ? TOO_LARGE : OK;
}

/* Run the instructions at `p` on `base` into exactly `size` bytes at `target`. Copies that follow one another in the base
   and in the target are one. */
static int delta_apply(const uint8_t *p, const uint8_t *end, const uint8_t *base, size_t base_size, uint8_t *target,
                       size_t size, List *copies) {
    size_t at = 0;
    Copied *last = NULL;
    while (p < end) {
        uint8_t op = *p++;
        if (op & 128) {
            uint32_t start = 0, length = 0;
            for (unsigned i = 0; i < 7; i++) {
                if (!(op >> i & 1)) continue;
                if (p == end) return MALFORMED;
                if (i < 4)
                    start |= (uint32_t)*p++ << 8 * i;
                else
                    length |= (uint32_t)*p++ << 8 * (i - 4);
            }
            if (!length) length = 0x10000;
            if (start > base_size || length > base_size - start || length > size - at) return MALFORMED;
            memcpy(target + at, base + start, length);
            if (last && last->base_start + last->length == start && last->start + last->length == at) {
                last->length += length;
            } else {
                last = grow(copies, sizeof *last, 1);
                if (!last) return NO_MEMORY;
                last->base_start = start, last->start = (uint32_t)at, last->length = length;
                copies->n++;
            }
            at += length;
        } else {
            if (!op || (size_t)(end - p) < op || size - at < op) return MALFORMED;
            memcpy(target + at, p, op);
            p += op, at += op;
        }
    }
    return at == size ? OK : MALFORMED;
}

static int add_window(List *windows, uint64_t start, uint64_t end, uint64_t context, uint64_t size) {
    Window *w = windows->n ? (Window *)windows->items + windows->n - 1 : NULL;
    start = start > context ? start - context : 0;
    end = end + context < size ? end + context : size;
    if (start >= end) return OK;
    if (w && start <= w->end) {
        w->end = (uint32_t)end;
        return OK;
    }
    w = grow(windows, sizeof *w, 1);
    if (!w) return NO_MEMORY;
    w->start = (uint32_t)start, w->end = (uint32_t)end;
    windows->n++;
    return OK;
}

/* What is within `context` bytes of a byte that is not copied or of a seam: where two copies meet that do not follow one
   another in the base, and where the text starts or ends otherwise than the base does. */
static int delta_windows(const List *copies, size_t base_size, size_t size, uint64_t context, List *windows) {
    const Copied *c = copies->items;
    uint64_t at = 0, in_base = 0; /* where the next byte would have to stand for no seam */
    for (size_t i = 0; i < copies->n; i++, c++) {
        if ((c->start != at || c->base_start != in_base) && add_window(windows, at, c->start, context, size)) return NO_MEMORY;
        at = (uint64_t)c->start + c->length, in_base = (uint64_t)c->base_start + c->length;
    }
    return (at != size || in_base != base_size) && add_window(windows, at, size, context, size) ? NO_MEMORY : OK;
}

#endif
