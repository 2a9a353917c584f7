/* All commits of a repository by number: whose child each is, and which are above some. */

#ifndef LEAKSCAN_ANCESTRY_H
#define LEAKSCAN_ANCESTRY_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    size_t id_size;
    uint64_t seed;
    List oids, trees, times; /* bytes, bytes, int64 */
    List ends, parents;      /* uint32: the parents of commit i are ends[i - 1] to ends[i] of `parents` */
    List rest;               /* pointers into the rows: where the parents of each commit stand */
    uint32_t *table;         /* open addressing, number + 1 */
    size_t table_size;
} Ancestry;

static void ancestry_free(Ancestry *a) {
    free(a->oids.items), free(a->trees.items), free(a->times.items), free(a->ends.items), free(a->parents.items);
    free(a->rest.items), free(a->table);
}

/* `n` lower-case hexadecimal digits as bytes. */
static int unhex(const uint8_t *p, size_t n, uint8_t *out) {
    for (size_t i = 0; i < n; i++) {
        uint8_t c = p[i], digit = (uint8_t)(c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16);
        if (digit == 16) return MALFORMED;
        out[i / 2] = (uint8_t)(i % 2 ? out[i / 2] | digit : digit << 4);
    }
    return OK;
}

/* The slot of an id in the table, free or not. */
static size_t ancestry_slot(const Ancestry *a, const uint8_t *id) {
    size_t at = hash_bytes(id, a->id_size, a->seed) & (a->table_size - 1);
    while (a->table[at] && memcmp((uint8_t *)a->oids.items + (a->table[at] - 1) * a->id_size, id, a->id_size))
        at = (at + 1) & (a->table_size - 1);
    return at;
}

/* Makes the table of `n` ids in `oids`; there is room for more. */
static int ancestry_table(Ancestry *a, size_t n) {
    size_t size = 1024;
    while (size < 4 * n) size *= 2;
    free(a->table);
    if (!(a->table = calloc(size, 4))) return NO_MEMORY;
    a->table_size = size;
    for (size_t i = 0; i < n; i++) a->table[ancestry_slot(a, (uint8_t *)a->oids.items + i * a->id_size)] = (uint32_t)i + 1;
    return OK;
}

/* Whole seconds, no more than 64 bits hold. NULL where there are none. */
static const uint8_t *seconds_read(const uint8_t *p, const uint8_t *end, int64_t *seconds) {
    int minus = p < end && *p == '-';
    p += minus;
    const uint8_t *start = p;
    uint64_t value = 0, most = INT64_MAX;
    for (; p < end && *p >= '0' && *p <= '9'; p++)
        value = value > (most - (uint64_t)(*p - '0')) / 10 ? most : value * 10 + (uint64_t)(*p - '0');
    *seconds = minus ? -(int64_t)value : (int64_t)value;
    return p > start ? p : NULL;
}

/* One row: "id tree time parents". Of a commit that is told again only the first is kept. */
static int ancestry_row(Ancestry *a, const uint8_t *row, const uint8_t *end) {
    size_t hex = 2 * a->id_size, n = a->times.n;
    uint8_t id[32], tree[32] = {0};
    int64_t time;
    if ((size_t)(end - row) <= hex || row[hex] != ' ' || unhex(row, hex, id)) return MALFORMED;
    const uint8_t *p = row + hex + 1, *space = memchr(p, ' ', (size_t)(end - p));
    if (!space || ((size_t)(space - p) == hex && unhex(p, hex, tree))) return MALFORMED;
    if (!(p = seconds_read(space + 1, end, &time)) || p == end || *p != ' ') return MALFORMED;
    if (4 * n >= 3 * a->table_size && ancestry_table(a, n)) return NO_MEMORY;
    size_t slot = ancestry_slot(a, id);
    if (a->table[slot]) return OK;
    int64_t *when = grow(&a->times, sizeof *when, 1);
    const uint8_t **rest = grow(&a->rest, sizeof *rest, 1);
    if (n >= UINT32_MAX - 1 || !when || !rest || put(&a->oids, id, a->id_size) || put(&a->trees, tree, a->id_size)) return NO_MEMORY;
    *when = time, a->times.n++, *rest = p, a->rest.n++;
    a->table[slot] = (uint32_t)n + 1;
    return OK;
}

/* The parents that are there, each once. */
static int ancestry_parents(Ancestry *a, const uint8_t *end) {
    size_t n = a->times.n, hex = 2 * a->id_size;
    uint32_t *known = calloc(n + 1, 4); /* by commit, whose parent it was last, + 1 */
    int state = known ? OK : NO_MEMORY;
    for (size_t i = 0; state == OK && i < n; i++) {
        const uint8_t *p = ((const uint8_t **)a->rest.items)[i], *line = memchr(p, '\n', (size_t)(end - p));
        if (!line) line = end;
        while (state == OK && p < line) {
            const uint8_t *word = ++p;
            uint8_t id[32];
            while (p < line && *p != ' ') p++;
            if ((size_t)(p - word) != hex) continue;
            if (unhex(word, hex, id)) state = MALFORMED;
            uint32_t parent = state == OK ? a->table[ancestry_slot(a, id)] : 0;
            if (!parent || known[parent - 1] == i + 1) continue;
            known[parent - 1] = (uint32_t)i + 1;
            uint32_t *room = grow(&a->parents, sizeof *room, 1);
            if (!room || a->parents.n >= UINT32_MAX) {
                state = NO_MEMORY;
                break;
            }
            *room = parent - 1, a->parents.n++;
        }
        uint32_t *last = grow(&a->ends, sizeof *last, 1);
        if (!last)
            state = NO_MEMORY;
        else
            *last = (uint32_t)a->parents.n, a->ends.n++;
    }
    free(known);
    return state;
}

static int ancestry_read(Ancestry *a, const uint8_t *rows, size_t size) {
    const uint8_t *end = rows + size;
    int state = ancestry_table(a, 0);
    for (const uint8_t *p = rows, *line; state == OK && p < end; p = line + 1) {
        if (!(line = memchr(p, '\n', (size_t)(end - p)))) return MALFORMED;
        state = ancestry_row(a, p, line);
    }
    return state == OK ? ancestry_parents(a, end) : state;
}

/* Parents as they were written down. */
typedef struct {
    const uint32_t *ends, *parents;
    size_t n;
} Parents;

static int parents_open(Parents *p, const uint32_t *ends, size_t n, const uint32_t *parents, size_t n_parents) {
    p->ends = ends, p->parents = parents, p->n = n;
    for (size_t i = 0; i < n; i++)
        if (ends[i] < (i ? ends[i - 1] : 0) || ends[i] > n_parents) return MALFORMED;
    if (n ? ends[n - 1] != n_parents : n_parents != 0) return MALFORMED;
    for (size_t i = 0; i < n_parents; i++)
        if (parents[i] >= n) return MALFORMED;
    return OK;
}

static size_t parents_start(const Parents *p, size_t i) { return i ? p->ends[i - 1] : 0; }

/* Marks the commits in `tips` and all above them. */
static int ancestors_mark(const Parents *p, const uint32_t *tips, size_t n, uint8_t *seen) {
    List stack = {0};
    int state = OK;
    for (size_t t = 0; state == OK && t < n; t++) {
        if (tips[t] >= p->n) state = MALFORMED;
        if (state == OK && !seen[tips[t]]) seen[tips[t]] = 1, state = put(&stack, tips + t, 4);
        while (state == OK && stack.n) {
            uint32_t i;
            stack.n -= 4;
            memcpy(&i, (uint8_t *)stack.items + stack.n, 4);
            for (size_t k = parents_start(p, i); state == OK && k < p->ends[i]; k++) {
                uint32_t parent = p->parents[k];
                if (!seen[parent]) seen[parent] = 1, state = put(&stack, &parent, 4);
            }
        }
    }
    free(stack.items);
    return state;
}

#endif
