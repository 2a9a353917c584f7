/* Are the trees of a pack as git's strict check wants them? What is not plainly so is left to git: this says "odd" of more
   than git finds fault with, and never of less. (https://git-scm.com/docs/git-fsck, "FSCK MESSAGES"; git's fsck.c.) */

#ifndef LEAKSCAN_STRICT_H
#define LEAKSCAN_STRICT_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    Trees trees; /* the first member, so that what visits a tree finds the rest */
    const Index *indexes;        /* where objects may be; the first is the pack's own */
    size_t n_indexes;
    const uint8_t *const *kinds; /* by index and position: COMMIT to TAG; 0 where that is not known */
    int (*digest)(void *context, const uint8_t *data, size_t size, uint8_t *id);
    void *context;
    List unlike;  /* uint32 positions of trees that are not what their ids say */
    List unsound; /* uint32 positions of trees that are malformed, unsorted, or name something twice */
    List odd;     /* entries whose modes or names are for git to judge, each behind its size and its tree's position (uint32) */
    List unknown; /* ids of entries that no index knows to be of the right kind, each behind that kind (uint8) */
} Strict;

typedef struct {
    const uint8_t *mode, *name, *id;
    size_t mode_size, name_size;
    int kind; /* ENTRY_... */
} Part_of_tree;

static void part_at(const Tree *tree, uint32_t number, size_t id_size, Part_of_tree *part) {
    const uint8_t *start = tree->data + tree->starts[number];
    part->mode = start, part->id = tree->data + tree->starts[number + 1] - id_size;
    part->kind = entry_kind(start, part->id - 1, &part->name);
    part->mode_size = (size_t)(part->name - 1 - start), part->name_size = (size_t)(part->id - 1 - part->name);
}

/* Git's order: bytewise, a directory as if its name ended in a slash. */
static int in_order(const Part_of_tree *a, const Part_of_tree *b) {
    size_t n = a->name_size < b->name_size ? a->name_size : b->name_size;
    int order = memcmp(a->name, b->name, n);
    if (order) return order < 0;
    int x = n < a->name_size ? a->name[n] : a->kind == ENTRY_TREE ? '/' : 0;
    int y = n < b->name_size ? b->name[n] : b->kind == ENTRY_TREE ? '/' : 0;
    return x < y;
}

/* Whether another entry has the name of this one: between a file and a directory of one name there may be others. */
static int named_twice(const Tree *tree, uint32_t number, size_t id_size, const Part_of_tree *part) {
    for (int step = -1; step <= 1; step += 2) {
        for (int64_t i = (int64_t)number + step; i >= 0 && i < tree->n; i += step) {
            Part_of_tree other;
            part_at(tree, (uint32_t)i, id_size, &other);
            if (other.name_size < part->name_size || memcmp(other.name, part->name, part->name_size)) break;
            if (other.name_size == part->name_size) return 1;
            if (other.name[part->name_size] > '/') break;
        }
    }
    return 0;
}

/* Whether git might take a name for one of its own (.git and .gitmodules as some file systems write them, too), or refuse it. */
static int odd_name(const uint8_t *name, size_t n) {
    char seen[9] = {0};
    size_t kept = 0;
    if (n > 255 || (n == 1 && *name == '.') || (n == 2 && !memcmp(name, "..", 2))) return 1;
    for (size_t i = 0; i < n; i++) {
        uint8_t c = name[i];
        if (c == '/' || c == '\\' || c == '~') return 1;
        if (c < 128 && kept < 8) seen[kept++] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
    return !memcmp(seen, ".git", 4) || !memcmp(seen, ".mailmap", 8);
}

static int odd_mode(const Part_of_tree *part) {
    if (part->kind == ENTRY_SUBMODULE) return 0;
    if (part->kind == ENTRY_TREE) return part->mode_size != 5;
    return part->mode_size != 6 || (memcmp(part->mode, "100644", 6) && memcmp(part->mode, "100755", 6) && memcmp(part->mode, "120000", 6));
}

static int put_number(List *list, uint32_t number) { return put(list, &number, sizeof number); }

static int known_as(Strict *s, const Part_of_tree *part) {
    Trees *t = &s->trees;
    uint8_t kind = part->kind == ENTRY_TREE ? TREE : BLOB;
    uint64_t key = hash_bytes(part->id, t->id_size, t->seed) + kind, *seen = t->seen + (key & (SEEN - 1));
    if (*seen == key) return OK;
    for (size_t i = 0; i < s->n_indexes; i++) {
        int64_t at = index_find(s->indexes + i, part->id);
        if (at >= 0 && s->kinds[i][at] == kind) {
            *seen = key;
            return OK;
        }
    }
    return put(&s->unknown, &kind, 1) || put(&s->unknown, part->id, t->id_size) ? NO_MEMORY : OK;
}

static int strict_entry(Strict *s, const Part_of_tree *part, uint32_t index) {
    static const uint8_t ZEROS[32] = {0};
    size_t id_size = s->trees.id_size, size = (size_t)(part->id - part->mode) + id_size;
    if (odd_name(part->name, part->name_size) || odd_mode(part) || !memcmp(part->id, ZEROS, id_size))
        if (put_number(&s->odd, (uint32_t)size) || put_number(&s->odd, index) || put(&s->odd, part->mode, size)) return NO_MEMORY;
    const uint8_t *digits = part->mode;
    while (digits < part->name && *digits == '0') digits++;
    return part->name - digits == 7 && !memcmp(digits, "160000", 6) ? OK : known_as(s, part);
}

static int strict_visit(Trees *t, const Tree *tree, uint32_t index) {
    Strict *s = (Strict *)t;
    uint8_t id[32];
    const uint32_t *cuts = t->cuts.items;
    int sound = 1, state = s->digest(s->context, tree->data, tree->size, id);
    if (state != OK) return state;
    if (memcmp(id, t->own->names + (size_t)index * t->id_size, t->id_size) && put_number(&s->unlike, index)) return NO_MEMORY;
    for (size_t i = 0; i < t->cuts.n; i++) {
        uint32_t number = cuts[i];
        Part_of_tree part, before;
        if (number >= tree->n) continue; /* a malformed tree has no entries */
        part_at(tree, number, t->id_size, &part);
        if (number) part_at(tree, number - 1, t->id_size, &before);
        if ((number && !in_order(&before, &part)) || named_twice(tree, number, t->id_size, &part)) sound = 0;
        if (strict_entry(s, &part, index)) return NO_MEMORY;
    }
    return sound ? OK : put_number(&s->unsound, index);
}

#endif
