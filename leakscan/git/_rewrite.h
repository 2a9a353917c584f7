/* Rewriting: which entries of a tree are to change, in what two trees differ, and deltas between new texts along those
   between the old ones. `rewrite_twin.py` does the same in Python. */

#ifndef LEAKSCAN_REWRITE_H
#define LEAKSCAN_REWRITE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST_COPY = 8, LONGEST_COPY = 0xFFFF, LONGEST_INSERT = 127 };

/* Open addressing: 64-bit keys, as many slots as a power of two; 0 is a free slot, and the key 0 stands as 1. */
static int table_has(const uint8_t *slots, size_t size, uint64_t key) {
    uint64_t slot;
    if (!key) key = 1;
    for (size_t at = key & (size - 1), left = size; left; at = (at + 1) & (size - 1), left--) {
        memcpy(&slot, slots + 8 * at, 8);
        if (slot == key) return 1;
        if (!slot) return 0;
    }
    return 0;
}

static void table_add(uint8_t *slots, size_t size, uint64_t key) {
    uint64_t slot;
    if (!key) key = 1;
    for (size_t at = key & (size - 1);; at = (at + 1) & (size - 1)) {
        memcpy(&slot, slots + 8 * at, 8);
        if (slot == key) return;
        if (slot) continue;
        memcpy(slots + 8 * at, &key, 8);
        return;
    }
}

static size_t table_size(size_t keys) {
    size_t size = 16;
    while (size < 2 * keys + 1) size *= 2;
    return size;
}

typedef struct {
    const uint8_t *mode, *name, *id;
    size_t mode_size, name_size;
} Row;

/* The entry of a tree at `p`. */
static int row_at(const uint8_t *p, const uint8_t *end, size_t id_size, Row *row) {
    const uint8_t *nul = memchr(p, 0, (size_t)(end - p));
    if (!nul || (size_t)(end - nul - 1) < id_size || entry_kind(p, nul, &row->name) < 0) return MALFORMED;
    row->mode = p, row->id = nul + 1;
    row->mode_size = (size_t)(row->name - 1 - p), row->name_size = (size_t)(nul - row->name);
    return OK;
}

static int put_varint(List *out, uint64_t value) {
    uint8_t bytes[10];
    size_t n = 0;
    for (; value > 127; value >>= 7) bytes[n++] = (uint8_t)(value & 127) | 128;
    bytes[n++] = (uint8_t)value;
    return put(out, bytes, n);
}

static int put_inserts(List *out, const uint8_t *data, size_t n) {
    while (n) {
        size_t part = n < LONGEST_INSERT ? n : LONGEST_INSERT;
        uint8_t op = (uint8_t)part;
        if (put(out, &op, 1) || put(out, data, part)) return NO_MEMORY;
        data += part, n -= part;
    }
    return OK;
}

static int put_copies(List *out, uint32_t start, size_t n) {
    while (n) {
        uint32_t part = n < LONGEST_COPY ? (uint32_t)n : LONGEST_COPY;
        uint8_t bytes[8] = {128};
        size_t used = 1;
        for (unsigned i = 0; i < 6; i++) {
            uint8_t byte = (uint8_t)(i < 4 ? start >> 8 * i : part >> 8 * (i - 4));
            if (byte) bytes[0] |= (uint8_t)(1 << i), bytes[used++] = byte;
        }
        if (put(out, bytes, used)) return NO_MEMORY;
        start += part, n -= part;
    }
    return OK;
}

static size_t same_bytes(const uint8_t *a, const uint8_t *b, size_t n) {
    size_t at = 0;
    while (n - at >= 64 && !memcmp(a + at, b + at, 64)) at += 64;
    while (at < n && a[at] == b[at]) at++;
    return at;
}

/* A delta from `base` to `data` that copies what is alike in those of `ranges`. */
static int delta_along(const uint8_t *base, size_t base_size, const uint8_t *data, size_t size, const Copied *ranges,
                       size_t n_ranges, List *out) {
    uint64_t at = 0;
    if (put_varint(out, base_size) || put_varint(out, size)) return NO_MEMORY;
    for (size_t i = 0; i < n_ranges; i++) {
        uint64_t from = ranges[i].base_start, to = ranges[i].start, left = ranges[i].length;
        uint64_t cut = to < at ? at - to : 0;
        if (cut >= left) continue;
        from += cut, to += cut, left -= cut;
        if (from + left > base_size || to + left > size) continue;
        while (left) {
            size_t same = same_bytes(base + from, data + to, (size_t)left), skip = 1;
            if (same >= LEAST_COPY) {
                if (put_inserts(out, data + at, (size_t)(to - at)) || put_copies(out, (uint32_t)from, same)) return NO_MEMORY;
                at = to + same;
            }
            from += same, to += same, left -= same;
            while (skip + LEAST_COPY <= left && memcmp(base + from + skip, data + to + skip, LEAST_COPY)) skip++;
            if (skip + LEAST_COPY > left) break;
            from += skip, to += skip, left -= skip;
        }
    }
    return put_inserts(out, data + at, (size_t)(size - at));
}

#endif
