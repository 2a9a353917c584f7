/* The order in which to walk a pack: every entry's header is read once, entries are gathered into families (a whole object
   and all deltas that rest on it), and each family is laid out depth first.
   Formats: https://git-scm.com/docs/gitformat-pack */

#ifndef LEAKSCAN_PLAN_H
#define LEAKSCAN_PLAN_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#if defined(__unix__) || defined(__APPLE__)
#include <sys/mman.h>
#include <unistd.h>
#endif

/* What a plan keeps of a step of the walk: of millions, for as long as a scan takes. Struct "=III" on the Python side. */
typedef struct {
    uint32_t index; /* the object's position in the index: its id */
    uint32_t size;  /* how many bytes it inflates to, or UINT32_MAX where that is less */
    uint32_t depth; /* << 2 | flags: deltas between the family's root and this */
} Planned;

/* A step that is to be taken, whose header has been read once more. Struct "=QQIII4x". */
typedef struct {
    uint64_t data;  /* where in the pack the compressed bytes start */
    uint64_t size;  /* how many bytes they inflate to: the object, or the delta */
    uint32_t index; /* as in the plan */
    uint32_t depth;
    uint32_t flags;
} Step;

enum { HAS_CHILDREN = 1, LAST_CHILD = 2 };
enum { COMMIT = 1, TREE = 2, BLOB = 3, TAG = 4, OFS_DELTA = 6, REF_DELTA = 7 };

typedef struct {
    const uint8_t *names, *offsets, *large, *fanout;
    uint32_t n, n_large;
    unsigned id_size;
} Index;

static uint32_t be32(const uint8_t *p) { return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]; }

/* A version 2 index, its tables known to lie inside `size` bytes and its fan-out known to rise. */
static int index_open(Index *x, const uint8_t *data, size_t size, unsigned id_size) {
    static const uint8_t MAGIC[8] = {0xFF, 't', 'O', 'c', 0, 0, 0, 2};
    if (size < 8 + 1024 + 2 * (size_t)id_size || memcmp(data, MAGIC, 8)) return -1;
    x->fanout = data + 8, x->id_size = id_size;
    x->n = be32(x->fanout + 4 * 255);
    size_t room = size - 8 - 1024 - 2 * (size_t)id_size;
    if (x->n > room / (id_size + 8)) return -1;
    for (unsigned i = 0; i < 255; i++)
        if (be32(x->fanout + 4 * i) > be32(x->fanout + 4 * i + 4)) return -1;
    x->names = data + 8 + 1024;
    x->offsets = x->names + (size_t)x->n * (id_size + 4);
    x->large = x->offsets + (size_t)x->n * 4;
    x->n_large = (uint32_t)((room - (size_t)x->n * (id_size + 8)) / 8);
    return 0;
}

/* The position of an id, or -1. */
static int64_t index_find(const Index *x, const uint8_t *id) {
    uint32_t low = id[0] ? be32(x->fanout + 4 * (id[0] - 1)) : 0, high = be32(x->fanout + 4 * id[0]);
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = memcmp(x->names + (size_t)middle * x->id_size, id, x->id_size);
        if (!order) return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return -1;
}

static uint64_t index_offset(const Index *x, uint32_t position) {
    uint32_t offset = be32(x->offsets + (size_t)position * 4);
    if (!(offset >> 31)) return offset;
    offset &= 0x7FFFFFFF;
    if (offset >= x->n_large) return UINT64_MAX;
    const uint8_t *p = x->large + (size_t)offset * 8;
    return (uint64_t)be32(p) << 32 | be32(p + 4);
}

typedef struct {
    uint64_t data, size, base_offset;
    const uint8_t *base_id;
    unsigned type;
} Header;

/* The header of the entry at `at`; -1 where it is malformed or runs out of the pack (`size` without its trailer). */
static int header_read(const uint8_t *pack, uint64_t size, uint64_t at, unsigned id_size, Header *h) {
    uint64_t offset = at, value;
    if (at < 12 || at >= size) return -1;
    uint8_t byte = pack[at++];
    unsigned shift = 4;
    h->type = byte >> 4 & 7, h->size = byte & 15, h->base_offset = 0, h->base_id = NULL;
    for (; byte & 128; shift += 7) {
        if (at == size || shift > 56) return -1;
        byte = pack[at++];
        h->size |= (uint64_t)(byte & 127) << shift;
    }
    if (h->type == OFS_DELTA) {
        if (at == size) return -1;
        byte = pack[at++];
        for (value = byte & 127; byte & 128; value = (value + 1) << 7 | (byte & 127)) {
            if (at == size || value >> 55) return -1;
            byte = pack[at++];
        }
        if (!value || value > offset) return -1;
        h->base_offset = offset - value;
    } else if (h->type == REF_DELTA) {
        if (size - at < id_size) return -1;
        h->base_id = pack + at;
        at += id_size;
    } else if (h->type == 0 || h->type == 5) {
        return -1;
    }
    h->data = at;
    return 0;
}

typedef struct {
    uint64_t offset;
    uint32_t index;
} Slot;

static int sort_slots(Slot *slots, size_t n, uint64_t largest) {
    Slot *from = slots, *other = malloc(n * sizeof *other), *to = other;
    if (!other) return NO_MEMORY;
    for (unsigned shift = 0; shift < 64 && largest >> shift; shift += 11) {
        size_t start[2049] = {0};
        for (size_t i = 0; i < n; i++) start[(from[i].offset >> shift & 2047) + 1]++;
        for (unsigned i = 0; i < 2048; i++) start[i + 1] += start[i];
        for (size_t i = 0; i < n; i++) to[start[from[i].offset >> shift & 2047]++] = from[i];
        Slot *swap = from;
        from = to, to = swap;
    }
    if (from != slots) memcpy(slots, from, n * sizeof *slots);
    free(other);
    return OK;
}

static int64_t offset_find(const uint64_t *offsets, size_t n, uint64_t offset) {
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (offsets[middle] < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && offsets[low] == offset ? (int64_t)low : -1;
}

typedef struct {
    List steps[5]; /* Planned by type, COMMIT to TAG; 0: uint32 index positions of deltas whose base is in no entry of this pack */
    List broken;   /* uint32 index positions of entries with a malformed header, without their base, or on a circle */
} Plan;

enum { NO_BASE = 0xFFFFFFFF, FOREIGN = 0xFFFFFFFE, BROKEN = 0xFFFFFFFD };
enum { MOST_ENTRIES = 1 << 30, REACHED = 128 };

/* Of each entry, in the order of offsets. There are millions: what is done with is freed. */
typedef struct {
    uint64_t *offset;
    uint32_t *index, *size, *base; /* its position in the index; bytes; the number of its base */
    uint8_t *type;
    uint32_t *where;          /* by position in the index, the entry's number */
    uint32_t *first, *child;  /* the children of entry i: first[i] to first[i + 1] of `child` */
    uint32_t *order, *weight; /* depth first; how many entries are below it, itself included */
    uint32_t *depth;
    List stack;
} Work;

static void work_free(Work *w) {
    free(w->offset), free(w->index), free(w->size), free(w->base), free(w->type), free(w->where), free(w->first);
    free(w->child), free(w->order), free(w->weight), free(w->depth), free(w->stack.items);
}

enum { FORGOTTEN = 1 << 24 };

/* Let go of the pages of a mapped file that hold `from` to `to`; where the next call starts. The system still has them. */
static uint64_t forget(const uint8_t *data, uint64_t from, uint64_t to) {
#if defined(MADV_DONTNEED) && (defined(__unix__) || defined(__APPLE__))
    long page = sysconf(_SC_PAGESIZE);
    if (page > 0) {
        to -= to % (uint64_t)page;
        if (to > from) madvise((void *)(uintptr_t)(data + from), (size_t)(to - from), MADV_DONTNEED);
    }
#else
    (void)data, (void)from;
#endif
    return to;
}

/* The entries in the order of their offsets. */
static int plan_sort(const Index *x, Work *w) {
    size_t n = x->n;
    uint64_t largest = 0;
    Slot *slots = malloc(n * sizeof *slots);
    if (!slots) return NO_MEMORY;
    for (uint32_t i = 0; i < n; i++) {
        slots[i].offset = index_offset(x, i), slots[i].index = i;
        if (slots[i].offset > largest) largest = slots[i].offset;
    }
    int state = sort_slots(slots, n, largest);
    w->offset = malloc(n * 8), w->index = malloc(n * 4);
    if (!w->offset || !w->index) state = NO_MEMORY;
    for (size_t i = 0; state == OK && i < n; i++) w->offset[i] = slots[i].offset, w->index[i] = slots[i].index;
    free(slots);
    return state;
}

static int plan_headers(const Index *x, const uint8_t *pack, uint64_t end, int mapped, Work *w) {
    size_t n = x->n;
    uint64_t forgotten = 0;
    w->size = malloc(n * 4), w->base = malloc(n * 4), w->type = calloc(n, 1);
    if (!w->size || !w->base || !w->type) return NO_MEMORY;
    for (size_t i = 0; i < n; i++) {
        Header h;
        uint64_t offset = w->offset[i];
        w->base[i] = BROKEN;
        if (mapped && offset < end && offset - forgotten > FORGOTTEN) forgotten = forget(pack, forgotten, offset);
        if (header_read(pack, end, offset, x->id_size, &h)) continue;
        w->size[i] = h.size < UINT32_MAX ? (uint32_t)h.size : UINT32_MAX, w->type[i] = (uint8_t)h.type;
        if (h.type == OFS_DELTA) {
            /* The base is before the entry, and mostly near. */
            size_t step = 1;
            while (step < i && w->offset[i - step] > h.base_offset) step *= 2;
            size_t low = step < i ? i - step : 0;
            int64_t found = offset_find(w->offset + low, i - low, h.base_offset);
            if (found >= 0) w->base[i] = (uint32_t)(low + (size_t)found);
        } else if (h.type == REF_DELTA) {
            if (!w->where) {
                if (!(w->where = malloc(n * 4))) return NO_MEMORY;
                for (size_t k = 0; k < n; k++) w->where[w->index[k]] = (uint32_t)k;
            }
            int64_t found = index_find(x, h.base_id);
            w->base[i] = found < 0 ? FOREIGN : w->where[found];
        } else {
            w->base[i] = NO_BASE;
        }
    }
    free(w->offset), free(w->where);
    w->offset = NULL, w->where = NULL;
    return OK;
}

static int plan_children(size_t n, Work *w) {
    w->first = calloc(n + 2, 4), w->child = malloc(n * 4);
    if (!w->first || !w->child) return NO_MEMORY;
    /* `first` is one too far on until all children have been put in their places. */
    for (size_t i = 0; i < n; i++)
        if (w->base[i] < n) w->first[w->base[i] + 2]++;
    for (size_t i = 0; i < n; i++) w->first[i + 2] += w->first[i + 1];
    for (size_t i = 0; i < n; i++)
        if (w->base[i] < n) w->child[w->first[w->base[i] + 1]++] = (uint32_t)i;
    return OK;
}

/* The child with most behind it goes last: then at most log2(n) bases wait at a time, however long the chains. */
static int plan_weigh(size_t n, Work *w) {
    size_t done = 0;
    w->order = malloc(n * 4), w->weight = malloc(n * 4);
    if (!w->order || !w->weight) return NO_MEMORY;
    for (size_t root = 0; root < n; root++)
        if (w->base[root] == NO_BASE || w->base[root] == FOREIGN) w->order[done++] = (uint32_t)root;
    for (size_t k = 0; k < done; k++) { /* grows while it is walked */
        uint32_t i = w->order[k];
        for (uint32_t c = w->first[i]; c < w->first[i + 1]; c++) w->order[done++] = w->child[c];
    }
    for (size_t i = 0; i < n; i++) w->weight[i] = 1;
    for (size_t k = done; k-- > 0;) {
        uint32_t i = w->order[k];
        if (w->base[i] < n) w->weight[w->base[i]] += w->weight[i];
    }
    for (size_t i = 0; i < n; i++) {
        uint32_t last = w->first[i + 1], heaviest = w->first[i];
        for (uint32_t k = w->first[i]; k < last; k++)
            if (w->weight[w->child[k]] >= w->weight[w->child[heaviest]]) heaviest = k;
        if (heaviest + 1 < last) {
            uint32_t moved = w->child[heaviest];
            memmove(w->child + heaviest, w->child + heaviest + 1, (last - heaviest - 1) * sizeof moved);
            w->child[last - 1] = moved;
        }
    }
    free(w->order), free(w->weight);
    w->order = w->weight = NULL;
    return OK;
}

static int plan_step(size_t n, Work *w, uint32_t i, unsigned type, Plan *plan) {
    uint32_t base = w->base[i];
    w->type[i] |= REACHED;
    if (!type) {
        uint32_t *item = grow(&plan->steps[0], sizeof *item, 1);
        if (!item) return NO_MEMORY;
        *item = w->index[i], plan->steps[0].n++;
        return OK;
    }
    Planned *step = grow(&plan->steps[type], sizeof *step, 1);
    if (!step) return NO_MEMORY;
    step->index = w->index[i], step->size = w->size[i];
    step->depth = w->depth[i] << 2 | (w->first[i + 1] > w->first[i] ? HAS_CHILDREN : 0) |
                  (base < n && w->child[w->first[base + 1] - 1] == i ? LAST_CHILD : 0);
    plan->steps[type].n++;
    return OK;
}

/* Every family, depth first; and what is in none. */
static int plan_walk(size_t n, Work *w, Plan *plan) {
    if (!(w->depth = malloc(n * 4))) return NO_MEMORY;
    for (size_t root = 0; root < n; root++) {
        if (w->base[root] != NO_BASE && w->base[root] != FOREIGN) continue;
        unsigned type = w->base[root] == FOREIGN ? 0 : w->type[root];
        uint32_t *room = grow(&w->stack, sizeof *room, 1);
        if (!room) return NO_MEMORY;
        *room = (uint32_t)root, w->stack.n++, w->depth[root] = 0;
        while (w->stack.n) {
            uint32_t i = ((uint32_t *)w->stack.items)[--w->stack.n], n_children = w->first[i + 1] - w->first[i];
            if (plan_step(n, w, i, type, plan) || !(room = grow(&w->stack, sizeof *room, n_children))) return NO_MEMORY;
            for (uint32_t k = w->first[i + 1]; k-- > w->first[i];) w->depth[w->child[k]] = w->depth[i] + 1, *room++ = w->child[k];
            w->stack.n += n_children;
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (w->type[i] & REACHED) continue;
        uint32_t *item = grow(&plan->broken, sizeof *item, 1);
        if (!item) return NO_MEMORY;
        *item = w->index[i], plan->broken.n++;
    }
    return OK;
}

/* `size` is the pack's without its trailing checksum. `mapped` says that it is a file mapped for reading, of which no more
   should stay in memory than has to. */
static int plan_make(const Index *x, const uint8_t *pack, uint64_t size, int mapped, Plan *plan) {
    size_t n = x->n;
    Work w = {0};
    if (!n) return OK;
    if (n >= MOST_ENTRIES) return MALFORMED;
    int state = plan_sort(x, &w);
    if (state == OK) state = plan_headers(x, pack, size, mapped, &w);
    if (state == OK) state = plan_children(n, &w);
    if (state == OK) state = plan_weigh(n, &w);
    if (state == OK) state = plan_walk(n, &w, plan);
    work_free(&w);
    return state;
}

/* The steps that a plan stands for. One whose header cannot be read any more is larger than anything that is. */
static int plan_steps(const Index *x, const uint8_t *pack, uint64_t size, const Planned *planned, size_t n, Step *steps) {
    for (size_t i = 0; i < n; i++) {
        Header h;
        if (planned[i].index >= x->n) return MALFORMED;
        memset(steps + i, 0, sizeof *steps);
        steps[i].index = planned[i].index, steps[i].depth = planned[i].depth >> 2, steps[i].flags = planned[i].depth & 3;
        int state = header_read(pack, size, index_offset(x, planned[i].index), x->id_size, &h);
        steps[i].data = state ? 0 : h.data, steps[i].size = state ? UINT64_MAX : h.size;
    }
    return OK;
}

#endif
