/* Walking families of trees: what is new in each tree against its delta's base, entry by entry.

   A copied range of a tree holds whole entries wherever it starts at an entry of the target and at one of the base: those are
   inherited without being looked at. Every other entry is parsed. So the cost is the delta's size and not the tree's, but for
   the copying. Format of a tree: "<mode> <name>\0<id>" for each entry (https://git-scm.com/docs/gitformat-pack has none;
   see tree-walk.c in git). */

#ifndef LEAKSCAN_TREES_H
#define LEAKSCAN_TREES_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    uint8_t *data;
    uint32_t *starts; /* of the entries, and where the last one ends */
    uint32_t size, n;
    int whole; /* whether this is a tree that was made */
} Tree;

enum { SEEN = 1 << 16 };

typedef struct Trees {
    const Index *own;     /* the pack's */
    const Index *indexes; /* where objects may be; none: nobody asks what is absent */
    size_t n_indexes;
    unsigned id_size;
    uint64_t seed;
    List heads, keys, numbers; /* Head; uint64 hashes of ids; uint32: number of the name << 2 | ENTRY_... */
    List absent;               /* ids that no index knows */
    List unread, malformed;           /* uint32 index positions */
    Names names;                      /* the distinct ones */
    uint64_t *seen; /* keys of some ids that an index knows */
    /* Called, if set, for every tree that was made. `cuts`: those entries that are new against the base, or that follow another
       one than there, by number; all of them where there is no base. */
    int (*visit)(struct Trees *, const Tree *, uint32_t index);
    List cuts;
} Trees;

/* Note an id that no index knows. Which ones are known is remembered by their keys. */
static int look_up(Trees *t, const uint8_t *id, uint64_t key) {
    uint64_t *seen = t->seen + (key & (SEEN - 1));
    if (*seen == key) return OK;
    for (size_t i = 0; i < t->n_indexes; i++) {
        if (index_find(t->indexes + i, id) >= 0) {
            *seen = key;
            return OK;
        }
    }
    return put(&t->absent, id, t->id_size);
}

/* The kind of the entry that starts at `p` (ENTRY_...), and its name; -1 where it is no entry: one to seven octal digits, a
   space, a name. `nul` is the first NUL behind `p`. */
static int entry_kind(const uint8_t *p, const uint8_t *nul, const uint8_t **name) {
    const uint8_t *space = p;
    while (space < nul && *space >= '0' && *space <= '7') space++;
    size_t digits = (size_t)(space - p);
    if (!digits || digits > 7 || nul - space < 2 || *space != ' ') return -1;
    *name = space + 1;
    if (digits == 6 && !memcmp(p, "160000", 6)) return ENTRY_SUBMODULE;
    while (p < space && *p == '0') p++;
    return space - p == 5 && !memcmp(p, "40000", 5) ? ENTRY_TREE : ENTRY_BLOB;
}

/* Write down one entry, which lies at `entry` to `end`. */
static int tree_entry(Trees *t, const uint8_t *entry, const uint8_t *end, int added) {
    const uint8_t *id = end - t->id_size, *name = NULL;
    uint32_t number;
    int kind = entry_kind(entry, id - 1, &name);
    if (name_number(&t->names, name, (size_t)(id - 1 - name), t->seed, &number)) return NO_MEMORY;
    uint64_t key = hash_bytes(id, t->id_size, t->seed);
    if (added && t->n_indexes && kind != ENTRY_SUBMODULE && look_up(t, id, key)) return NO_MEMORY;
    number = number << 2 | (uint32_t)kind;
    return put(&t->keys, &key, sizeof key) || put(&t->numbers, &number, sizeof number) ? NO_MEMORY : OK;
}

/* Inherit the entries from `k` that end by `limit` in the base; how many. */
static int64_t inherit(List *starts, const Tree *base, uint32_t k, uint32_t limit, uint32_t at, uint8_t *used) {
    uint32_t low = k, high = base->n; /* the last entry boundary that is not beyond the limit */
    while (low < high) {
        uint32_t middle = low + (high - low + 1) / 2;
        if (base->starts[middle] <= limit)
            low = middle;
        else
            high = middle - 1;
    }
    uint32_t n = low - k, shift = at - base->starts[k];
    uint32_t *out = grow(starts, sizeof *out, n);
    if (!out) return NO_MEMORY;
    for (uint32_t i = 0; i < n; i++) out[i] = base->starts[k + i] + shift;
    for (uint32_t i = 0; used && i < n; i++) used[k + i] = (uint8_t)(used[k + i] + (used[k + i] < 255));
    starts->n += n;
    return n;
}

static int cut(Trees *t, const List *starts) {
    uint32_t *number = t->visit ? grow(&t->cuts, sizeof *number, 1) : NULL;
    if (number) *number = (uint32_t)starts->n, t->cuts.n++;
    return t->visit && !number ? NO_MEMORY : OK;
}

/* Parse `tree` against `base` (NULL for none); `copies` say where its bytes are the base's. A malformed tree has no entries. */
static int tree_parse(Trees *t, Tree *tree, const Tree *base, const List *copies, uint32_t index, uint32_t depth) {
    const Copied *c = copies->items, *c_end = c ? c + copies->n : NULL;
    List starts = {0}, fresh = {0}; /* where entries start; where those start that are not inherited */
    Head head = {0, index, depth, 0, 0};
    int state = NO_MEMORY;
    uint8_t *used = base ? calloc((size_t)base->n + 8, 1) : NULL; /* how often each of the base's is inherited */
    uint32_t at = 0, k = 0;
    t->cuts.n = 0;
    if (base && !used) return NO_MEMORY;
    while (at < tree->size) {
        while (c < c_end && c->start + c->length <= at) c++;
        if (c < c_end && c->start <= at) {
            uint32_t in_base = at - c->start + c->base_start, low = 0, high = base->n;
            if (k >= base->n || base->starts[k] != in_base) {
                while (low < high) {
                    uint32_t middle = low + (high - low) / 2;
                    if (base->starts[middle] < in_base)
                        low = middle + 1;
                    else
                        high = middle;
                }
                k = low;
            }
            if (k < base->n && base->starts[k] == in_base) {
                if (cut(t, &starts)) goto done;
                int64_t n = inherit(&starts, base, k, c->base_start + c->length, at, used);
                if (n < 0) goto done;
                if (n) {
                    k += (uint32_t)n;
                    at += base->starts[k] - in_base;
                    continue;
                }
            }
        }
        const uint8_t *entry = tree->data + at, *nul = memchr(entry, 0, tree->size - at), *name;
        if (!nul || tree->size - (size_t)(nul + 1 - tree->data) < t->id_size || entry_kind(entry, nul, &name) < 0) break;
        uint32_t *start = grow(&starts, sizeof *start, 1), *new_start = grow(&fresh, sizeof *start, 1);
        if (!start || !new_start || cut(t, &starts)) goto done;
        *start = *new_start = at, starts.n++, fresh.n++;
        at = (uint32_t)(nul + 1 + t->id_size - tree->data);
    }
    if (at < tree->size) {
        uint32_t *item = grow(&t->malformed, sizeof *item, 1);
        if (!item) goto done;
        *item = index, t->malformed.n++;
        starts.n = fresh.n = 0, at = 0;
        if (used) memset(used, 0, base->n);
    }
    for (size_t i = 0; i < fresh.n; i++, head.added++) {
        const uint8_t *entry = tree->data + ((uint32_t *)fresh.items)[i], *end = memchr(entry, 0, tree->size);
        if (tree_entry(t, entry, end + 1 + t->id_size, 1)) goto done;
    }
    /* An entry that was copied twice is added once more; one that was not copied is dropped. */
    for (uint32_t i = 0; used && i < base->n; i++) {
        while (i + 8 <= base->n && !memcmp(used + i, "\1\1\1\1\1\1\1\1", 8)) i += 8;
        for (; used[i] > 1; used[i]--, head.added++)
            if (tree_entry(t, base->data + base->starts[i], base->data + base->starts[i + 1], 1)) goto done;
    }
    for (uint32_t i = 0; used && i < base->n; i++) {
        while (i + 8 <= base->n && !memcmp(used + i, "\1\1\1\1\1\1\1\1", 8)) i += 8;
        if (i == base->n || used[i]) continue;
        if (tree_entry(t, base->data + base->starts[i], base->data + base->starts[i + 1], 0)) goto done;
        head.dropped++;
    }
    uint32_t *end = grow(&starts, sizeof *end, 1);
    Head *out = grow(&t->heads, sizeof *out, 1);
    if (!end || !out) goto done;
    head.key = hash_bytes(t->own->names + (size_t)index * t->id_size, t->id_size, t->seed);
    *end = at, *out = head, t->heads.n++;
    tree->n = (uint32_t)starts.n;
    state = OK;
done:
    tree->starts = starts.items;
    free(used), free(fresh.items);
    return state;
}

static void tree_free(Tree *tree) {
    free(tree->data), free(tree->starts);
    memset(tree, 0, sizeof *tree);
}

/* Make and parse the tree of one step, whose base is `base`. */
static int tree_step(Trees *t, const uint8_t *pack, size_t size, const Step *step, const Tree *base, Tree *tree, uint64_t limit) {
    List copies = {0};
    uint64_t target = 0;
    int state = OK;
    if (step->data > size || step->size > limit || step->size > UINT32_MAX || step->index >= t->own->n) return MALFORMED;
    uint8_t *body = malloc((size_t)step->size + 1);
    if (!body) return NO_MEMORY;
    if (inflate_stream(pack + step->data, size - (size_t)step->data, body, (size_t)step->size, 0)) {
        state = MALFORMED;
    } else if (!step->depth) {
        tree->data = body, tree->size = (uint32_t)step->size, body = NULL;
    } else {
        const uint8_t *p = body, *end = body + step->size;
        state = delta_target(&p, end, base->size, limit, &target) ? MALFORMED : OK;
        if (state == OK && !(tree->data = malloc((size_t)target + 1))) state = NO_MEMORY;
        if (state == OK) state = delta_apply(p, end, base->data, base->size, tree->data, (size_t)target, &copies);
        tree->size = (uint32_t)target;
    }
    free(body);
    if (state == OK) state = tree_parse(t, tree, step->depth ? base : NULL, &copies, step->index, step->depth);
    free(copies.items);
    tree->whole = state == OK;
    if (state == OK && t->visit) state = t->visit(t, tree, step->index);
    return state;
}

/* All trees of `steps`, which begin with a family's root. What cannot be made goes to `unread`, with all that rests on it. */
static int trees_walk(Trees *t, const uint8_t *pack, size_t size, const Step *steps, size_t n, uint64_t limit) {
    List stack = {0};
    int state = OK;
    for (size_t i = 0; i < n && state == OK; i++) {
        uint32_t depth = steps[i].depth;
        if (depth >= stack.n) {
            /* Depth first, a step goes down one level at most. */
            Tree *room = depth == stack.n ? grow(&stack, sizeof *room, 1) : NULL;
            if (!room) {
                state = depth == stack.n ? NO_MEMORY : MALFORMED;
                break;
            }
            memset(room, 0, sizeof *room);
            stack.n++;
        }
        Tree *trees = stack.items, *base = depth ? trees + depth - 1 : NULL;
        tree_free(trees + depth);
        size_t n_keys = t->keys.n, n_numbers = t->numbers.n, n_malformed = t->malformed.n;
        state = base && !base->whole ? MALFORMED : tree_step(t, pack, size, steps + i, base, trees + depth, limit);
        if (state == MALFORMED) {
            uint32_t *item = grow(&t->unread, sizeof *item, 1);
            state = item ? OK : NO_MEMORY;
            if (item) *item = steps[i].index, t->unread.n++;
            t->keys.n = n_keys, t->numbers.n = n_numbers, t->malformed.n = n_malformed;
            tree_free(trees + depth);
        }
        if (steps[i].flags & LAST_CHILD && depth) tree_free(trees + depth - 1);
        if (!(steps[i].flags & HAS_CHILDREN)) tree_free(trees + depth);
    }
    for (size_t i = 0; i < stack.n; i++) tree_free((Tree *)stack.items + i);
    free(stack.items);
    return state;
}

#endif
