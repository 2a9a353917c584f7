/* Names by number, and hashes under a key. What trees are written down as, entry by entry. */

#ifndef LEAKSCAN_NAMES_H
#define LEAKSCAN_NAMES_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* One tree: `added` entries and then `dropped` ones, against the base (against nothing where `depth` is 0). */
typedef struct {
    uint64_t key; /* of the tree's own id */
    uint32_t index, depth, added, dropped;
} Head;

enum { ENTRY_BLOB = 0, ENTRY_TREE = 1, ENTRY_SUBMODULE = 2 };

typedef struct {
    List arena, ends; /* the distinct names, one after the other; uint64 ends */
    uint32_t *table;  /* open addressing, number + 1 */
    size_t table_size;
} Names;

/* Keyed, so that names cannot be chosen to collide. */
static uint64_t hash_bytes(const uint8_t *p, size_t n, uint64_t seed) {
    const size_t whole = n;
    uint64_t h = seed ^ n * 0x9E3779B97F4A7C15u, word;
    for (; n >= 8; p += 8, n -= 8) {
        memcpy(&word, p, 8);
        h = (h ^ word) * 0xD6E8FEB86659FD93u;
        h ^= h >> 32;
        h += seed;
    }
    word = 0;
    if (whole >= 8)
        memcpy(&word, p + n - 8, 8); /* the last bytes, some of them again */
    else
        memcpy(&word, p, n);
    h = (h ^ word) * 0xD6E8FEB86659FD93u;
    h ^= h >> 32;
    h = (h + seed) * 0xD6E8FEB86659FD93u;
    return h ^ h >> 29;
}

static int put(List *list, const void *item, size_t size) {
    void *room = grow(list, 1, size);
    if (!room) return NO_MEMORY;
    memcpy(room, item, size);
    list->n += size;
    return OK;
}

/* Frees all but the struct. */
static void names_free(Names *names) { free(names->arena.items), free(names->ends.items), free(names->table); }

/* The number of a name, which is put behind the others where it is new. */
static int name_number(Names *names, const uint8_t *name, size_t n, uint64_t seed, uint32_t *number) {
    uint64_t *ends = names->ends.items;
    if (names->ends.n * 2 >= names->table_size) {
        size_t size = names->table_size ? names->table_size * 2 : 1024;
        uint32_t *table = calloc(size, sizeof *table);
        if (!table) return NO_MEMORY;
        for (size_t i = 0; i < names->ends.n; i++) {
            uint64_t start = i ? ends[i - 1] : 0;
            size_t at = hash_bytes((uint8_t *)names->arena.items + start, (size_t)(ends[i] - start), seed) & (size - 1);
            while (table[at]) at = (at + 1) & (size - 1);
            table[at] = (uint32_t)i + 1;
        }
        free(names->table);
        names->table = table, names->table_size = size;
    }
    size_t at = hash_bytes(name, n, seed) & (names->table_size - 1);
    for (; names->table[at]; at = (at + 1) & (names->table_size - 1)) {
        size_t i = names->table[at] - 1;
        uint64_t start = i ? ends[i - 1] : 0;
        if (ends[i] - start == n && !memcmp((uint8_t *)names->arena.items + start, name, n)) {
            *number = (uint32_t)i;
            return OK;
        }
    }
    if (put(&names->arena, name, n)) return NO_MEMORY;
    uint64_t *end = grow(&names->ends, sizeof *end, 1);
    if (!end) return NO_MEMORY;
    *end = names->arena.n;
    *number = (uint32_t)names->ends.n++;
    names->table[at] = *number + 1;
    return OK;
}

#endif
