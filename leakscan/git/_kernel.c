/* leakscan.git._kernel: what a walk through a pack costs most. Optional: `kernel_twin.py` does the same in Python, and says in
   its docstrings what each function takes and gives; the two are tested against each other.

   Whatever it is given may be hostile: every access is bounded, sizes are limited by the caller, nothing recurses.
   Limited API (abi3) of Python 3.11. */

#define PY_SSIZE_T_CLEAN
#ifndef Py_LIMITED_API
#define Py_LIMITED_API 0x030B0000
#endif
#include <Python.h>

#include <stdio.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "_inflate.h"
#include "_delta.h"
#include "_plan.h"
#include "_names.h"
#include "_trees.h"
#include "_hits.h"
#include "_commits.h"
#include "_rewrite.h"
#include "_answer.h"

static int inflate_at(const Py_buffer *pack, unsigned long long start, uint8_t *out, size_t size, int partial) {
    if (start > (unsigned long long)pack->len) return MALFORMED;
    size_t room = (size_t)pack->len - (size_t)start;
    return inflate_stream((const uint8_t *)pack->buf + start, room, out, size, partial) ? MALFORMED : OK;
}

static PyObject *kernel_inflate(PyObject *self, PyObject *args) {
    Py_buffer data;
    unsigned long long start;
    Py_ssize_t size;
    int partial = 0;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*Kn|p", &data, &start, &size, &partial)) return NULL;
    PyObject *out = size < 0 ? fail(MALFORMED) : PyBytes_FromStringAndSize(NULL, size);
    if (out && inflate_at(&data, start, (uint8_t *)PyBytes_AsString(out), (size_t)size, partial)) {
        Py_DecRef(out);
        out = fail(MALFORMED);
    }
    PyBuffer_Release(&data);
    return out;
}

static PyObject *windows_tuple(const List *windows) {
    PyObject *all = PyTuple_New((Py_ssize_t)windows->n);
    const Window *w = windows->items;
    for (size_t i = 0; all && i < windows->n; i++) {
        PyObject *one = PyTuple_New(2), *start = PyLong_FromUnsignedLong(w[i].start), *end = PyLong_FromUnsignedLong(w[i].end);
        if (!one || !start || !end) {
            Py_XDECREF(one), Py_XDECREF(start), Py_XDECREF(end), Py_DecRef(all);
            return NULL;
        }
        PyTuple_SetItem(one, 0, start), PyTuple_SetItem(one, 1, end);
        PyTuple_SetItem(all, (Py_ssize_t)i, one);
    }
    return all;
}

/* (target, copies, windows) of a delta. */
static PyObject *applied(const uint8_t *p, size_t n, const uint8_t *base, size_t base_size, uint64_t context, uint64_t limit) {
    const uint8_t *end = p + n;
    List copies = {0}, windows = {0};
    uint64_t size;
    PyObject *target = NULL, *result = NULL;
    int state = delta_target(&p, end, base_size, limit, &size);
    if (state == OK) {
        target = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)size);
        state = target ? delta_apply(p, end, base, base_size, (uint8_t *)PyBytes_AsString(target), (size_t)size, &copies) : NO_MEMORY;
    }
    if (state == OK) state = delta_windows(&copies, base_size, (size_t)size, context, &windows);
    if (state == OK) {
        PyObject *copied = list_bytes(&copies, sizeof(Copied)), *new = windows_tuple(&windows);
        if (copied && new) result = PyTuple_Pack(3, target, copied, new);
        Py_XDECREF(copied), Py_XDECREF(new);
    } else if (!PyErr_Occurred()) {
        fail(state);
    }
    Py_XDECREF(target);
    free(copies.items), free(windows.items);
    return result;
}

static PyObject *kernel_delta(PyObject *self, PyObject *args) {
    Py_buffer base, delta;
    unsigned long long context, limit;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*y*KK", &base, &delta, &context, &limit)) return NULL;
    PyObject *result = applied(delta.buf, (size_t)delta.len, base.buf, (size_t)base.len, context & UINT32_MAX, limit);
    PyBuffer_Release(&base), PyBuffer_Release(&delta);
    return result;
}

static PyObject *kernel_unpack(PyObject *self, PyObject *args) {
    Py_buffer pack, base;
    unsigned long long start, size, context, limit;
    PyObject *result = NULL;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*KKy*KK", &pack, &start, &size, &base, &context, &limit)) return NULL;
    uint8_t *body = size < PY_SSIZE_T_MAX && size <= limit ? malloc((size_t)size + 1) : NULL;
    if (size > limit)
        fail(TOO_LARGE);
    else if (!body)
        PyErr_NoMemory();
    else if (inflate_at(&pack, start, body, (size_t)size, 0))
        fail(MALFORMED);
    else
        result = applied(body, (size_t)size, base.buf, (size_t)base.len, context & UINT32_MAX, limit);
    free(body);
    PyBuffer_Release(&pack), PyBuffer_Release(&base);
    return result;
}

static PyObject *kernel_plan(PyObject *self, PyObject *args) {
    Py_buffer idx, pack;
    unsigned id_size;
    Index index;
    Plan plan = {0};
    PyObject *result = NULL;
    int mapped = 0;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*y*I|p", &idx, &pack, &id_size, &mapped)) return NULL;
    int state = (id_size != 20 && id_size != 32) || pack.len < (Py_ssize_t)(12 + id_size) ||
                        index_open(&index, idx.buf, (size_t)idx.len, id_size)
                    ? MALFORMED
                    : OK;
    if (state == OK) state = plan_make(&index, pack.buf, (uint64_t)pack.len - id_size, mapped, &plan);
    if (state == OK) {
        PyObject *parts[6];
        parts[0] = list_bytes(&plan.steps[0], sizeof(uint32_t));
        for (int type = COMMIT; type <= TAG; type++) parts[type] = list_bytes(&plan.steps[type], sizeof(Planned));
        parts[5] = list_bytes(&plan.broken, sizeof(uint32_t));
        if (parts[0] && parts[1] && parts[2] && parts[3] && parts[4] && parts[5])
            result = PyTuple_Pack(6, parts[0], parts[1], parts[2], parts[3], parts[4], parts[5]);
        for (int i = 0; i < 6; i++) Py_XDECREF(parts[i]);
    } else {
        fail(state);
    }
    for (int i = 0; i < 5; i++) free(plan.steps[i].items);
    free(plan.broken.items);
#ifdef __GLIBC__
    malloc_trim(0); /* else glibc keeps much of what was freed, and every process that is forked has it too */
#endif
    PyBuffer_Release(&idx), PyBuffer_Release(&pack);
    return result;
}

static PyObject *kernel_steps(PyObject *self, PyObject *args) {
    Py_buffer idx, pack, planned;
    unsigned id_size;
    Index index;
    PyObject *out = NULL;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*y*y*I", &idx, &pack, &planned, &id_size)) return NULL;
    size_t n = (size_t)planned.len / sizeof(Planned);
    int state = (id_size != 20 && id_size != 32) || pack.len < (Py_ssize_t)(12 + id_size) ||
                        index_open(&index, idx.buf, (size_t)idx.len, id_size)
                    ? MALFORMED
                    : OK;
    if (state == OK && !(out = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(n * sizeof(Step))))) state = NO_MEMORY;
    if (state == OK)
        state = plan_steps(&index, pack.buf, (uint64_t)pack.len - id_size, planned.buf, n, (Step *)PyBytes_AsString(out));
    PyBuffer_Release(&idx), PyBuffer_Release(&pack), PyBuffer_Release(&planned);
    if (state == OK) return out;
    Py_XDECREF(out);
    return PyErr_Occurred() ? NULL : fail(state);
}

/* The object of a step as bytes; NULL (without an exception) where it cannot be made. `base` is NULL or bytes. */
static PyObject *made(const Py_buffer *pack, const Step *step, PyObject *base, uint64_t limit) {
    PyObject *out = NULL;
    uint8_t *body = step->size <= limit && (base || !step->depth) ? malloc((size_t)step->size + 1) : NULL;
    if (body && !inflate_at(pack, step->data, body, (size_t)step->size, 0)) {
        if (!step->depth) {
            out = PyBytes_FromStringAndSize((char *)body, (Py_ssize_t)step->size);
        } else {
            const uint8_t *p = body, *end = body + step->size, *from = (uint8_t *)PyBytes_AsString(base);
            size_t base_size = (size_t)PyBytes_Size(base);
            uint64_t size;
            List copies = {0};
            if (delta_target(&p, end, base_size, limit, &size) == OK) out = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)size);
            if (out && delta_apply(p, end, from, base_size, (uint8_t *)PyBytes_AsString(out), (size_t)size, &copies)) {
                Py_DecRef(out);
                out = NULL;
            }
            free(copies.items);
        }
    }
    free(body);
    if (!out) PyErr_Clear(); /* no memory for this one: not made */
    return out;
}

/* Makes the objects of all steps and hands each to `use`, with NULL for one that cannot be made. */
static int each(const Py_buffer *pack, const Py_buffer *steps, uint64_t limit,
                int (*use)(void *context, const Step *step, PyObject *object), void *context) {
    const Step *step = steps->buf;
    List waiting = {0}; /* references by depth */
    int state = OK;
    for (size_t n = (size_t)steps->len / sizeof(Step); n && state == OK; n--, step++) {
        if (step->depth > waiting.n) {
            state = MALFORMED;
            break;
        }
        if (step->depth == waiting.n) {
            PyObject **room = grow(&waiting, sizeof *room, 1);
            if (!room) {
                state = NO_MEMORY;
                break;
            }
            *room = NULL, waiting.n++;
        }
        PyObject **objects = waiting.items, *base = step->depth ? objects[step->depth - 1] : NULL;
        PyObject *object = made(pack, step, base, limit);
        state = use(context, step, object);
        Py_XDECREF(objects[step->depth]);
        objects[step->depth] = object;
    }
    for (size_t i = 0; i < waiting.n; i++) Py_XDECREF(((PyObject **)waiting.items)[i]);
    free(waiting.items);
    return state;
}

static int append_object(void *all, const Step *step, PyObject *object) {
    (void)step;
    return PyList_Append(all, object ? object : Py_None) ? NO_MEMORY : OK;
}

static PyObject *kernel_unpack_all(PyObject *self, PyObject *args) {
    Py_buffer pack, steps;
    unsigned long long limit;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*y*K", &pack, &steps, &limit)) return NULL;
    PyObject *all = PyList_New(0);
    int state = all ? each(&pack, &steps, limit, append_object, all) : NO_MEMORY;
    if (state != OK) {
        Py_XDECREF(all), all = NULL;
        if (!PyErr_Occurred()) fail(state);
    }
    PyBuffer_Release(&pack), PyBuffer_Release(&steps);
    return all;
}

/* Opens the indexes in the tuple `from` (buffers). The caller releases `*buffers` and frees both. */
static int open_indexes(PyObject *from, unsigned id_size, Index **indexes, Py_buffer **buffers, size_t *n) {
    Py_ssize_t size = PyTuple_Size(from);
    *n = 0;
    if (size < 0) return MALFORMED;
    *indexes = calloc((size_t)size + 1, sizeof **indexes), *buffers = calloc((size_t)size + 1, sizeof **buffers);
    if (!*indexes || !*buffers) return NO_MEMORY;
    for (; *n < (size_t)size; (*n)++) {
        if (PyObject_GetBuffer(PyTuple_GetItem(from, (Py_ssize_t)*n), *buffers + *n, PyBUF_SIMPLE)) return MALFORMED;
        if (index_open(*indexes + *n, (*buffers)[*n].buf, (size_t)(*buffers)[*n].len, id_size)) {
            (*n)++;
            return MALFORMED;
        }
    }
    return OK;
}

static PyObject *kernel_trees(PyObject *self, PyObject *args) {
    Py_buffer pack, idx, steps, *buffers = NULL;
    PyObject *from, *result = NULL;
    unsigned long long limit, seed;
    unsigned id_size;
    Index own, *indexes = NULL;
    Trees t = {0};
    size_t n = 0;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*y*y*IO!KK", &pack, &idx, &steps, &id_size, &PyTuple_Type, &from, &seed, &limit)) return NULL;
    int state = id_size == 20 || id_size == 32 ? open_indexes(from, id_size, &indexes, &buffers, &n) : MALFORMED;
    if (state == OK && index_open(&own, idx.buf, (size_t)idx.len, id_size)) state = MALFORMED;
    t.own = &own, t.indexes = indexes, t.n_indexes = n, t.id_size = id_size, t.seed = seed;
    if (state == OK && !(t.seen = calloc(SEEN, sizeof *t.seen))) state = NO_MEMORY;
    if (state == OK) state = trees_walk(&t, pack.buf, (size_t)pack.len, steps.buf, (size_t)steps.len / sizeof(Step), limit);
    if (state == OK) {
        PyObject *parts[7] = {names_list(&t.names), list_bytes(&t.unread, 4), list_bytes(&t.malformed, 4), list_bytes(&t.absent, 1),
                              list_bytes(&t.heads, sizeof(Head)), list_bytes(&t.keys, 1), list_bytes(&t.numbers, 1)};
        if (parts[0] && parts[1] && parts[2] && parts[3] && parts[4] && parts[5] && parts[6])
            result = PyTuple_Pack(7, parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], parts[6]);
        for (int i = 0; i < 7; i++) Py_XDECREF(parts[i]);
    } else if (!PyErr_Occurred()) {
        fail(state);
    }
    free(t.heads.items), free(t.keys.items), free(t.numbers.items), free(t.absent.items), free(t.unread.items);
    free(t.malformed.items), names_free(&t.names), free(t.seen);
    for (size_t i = 0; i < n; i++) PyBuffer_Release(buffers + i);
    free(indexes), free(buffers);
    PyBuffer_Release(&pack), PyBuffer_Release(&idx), PyBuffer_Release(&steps);
    return result;
}

typedef struct {
    PyObject *items;
    Trees lookup; /* for what is absent */
    List rows, absent;
} Commits;

static void hex_of(const uint8_t *id, size_t n, char *out) {
    for (size_t i = 0; i < n; i++) *out++ = "0123456789abcdef"[id[i] >> 4], *out++ = "0123456789abcdef"[id[i] & 15];
}

static uint8_t digit_of(uint8_t c) { return (uint8_t)(is_digit(c) ? c - '0' : c - 'a' + 10); }

/* Notes the item and which of its ids it is (0 is the tree) where no index knows the id `hex`. */
static int commit_refers(Commits *c, const uint8_t *hex, uint32_t number, uint32_t which) {
    uint8_t id[32];
    size_t before = c->lookup.absent.n;
    uint32_t pair[2] = {number, which};
    if (!c->lookup.n_indexes) return OK;
    for (size_t i = 0; i < c->lookup.id_size; i++) id[i] = (uint8_t)(digit_of(hex[2 * i]) << 4 | digit_of(hex[2 * i + 1]));
    if (look_up(&c->lookup, id, hash_bytes(id, c->lookup.id_size, c->lookup.seed))) return NO_MEMORY;
    return c->lookup.absent.n > before ? put(&c->absent, pair, sizeof pair) : OK;
}

static int commit_item(void *context, const Step *step, PyObject *object) {
    Commits *c = context;
    size_t id_size = c->lookup.id_size, hex = 2 * id_size;
    Commit commit;
    char oid[64], time[32];
    PyObject *item;
    uint32_t number = (uint32_t)PyList_Size(c->items);
    const uint8_t *raw = object ? (uint8_t *)PyBytes_AsString(object) : NULL;
    size_t size = object ? (size_t)PyBytes_Size(object) : 0;
    if (step->index >= c->lookup.own->n) return MALFORMED;
    hex_of(c->lookup.own->names + step->index * id_size, id_size, oid);
    if (!object || commit_parse(raw, size, hex, &commit)) {
        item = Py_BuildValue("(Is#O)", (unsigned)step->index, oid, (Py_ssize_t)hex, object ? object : Py_None);
    } else {
        int state = put(&c->rows, oid, hex) || put(&c->rows, " ", 1) || put(&c->rows, commit.tree, hex) ? NO_MEMORY : OK;
        int n = snprintf(time, sizeof time, " %lld ", (long long)commit.committer.time);
        if (state == OK) state = put(&c->rows, time, (size_t)n);
        if (state == OK) state = commit_refers(c, commit.tree, number, 0);
        for (size_t i = 0; state == OK && i < commit.n_parents; i++) {
            const uint8_t *parent = commit.parents + i * (7 + hex + 1) + 7;
            state = (i && put(&c->rows, " ", 1)) || put(&c->rows, parent, hex) ? NO_MEMORY : OK;
            if (state == OK) state = commit_refers(c, parent, number, (uint32_t)i + 1);
        }
        if (state == OK) state = put(&c->rows, "\n", 1);
        if (state != OK) return state;
        item = Py_BuildValue("(Is#y#y#Ly#L)", (unsigned)step->index, oid, (Py_ssize_t)hex, commit.message,
                             (Py_ssize_t)(raw + size - commit.message), commit.author.who,
                             (Py_ssize_t)(commit.author.who_end - commit.author.who), (long long)commit.author.time,
                             commit.committer.who, (Py_ssize_t)(commit.committer.who_end - commit.committer.who),
                             (long long)commit.committer.time);
    }
    if (!item || PyList_Append(c->items, item)) {
        Py_XDECREF(item);
        return NO_MEMORY;
    }
    Py_DecRef(item);
    return OK;
}

static PyObject *kernel_commits(PyObject *self, PyObject *args) {
    Py_buffer pack, idx, steps, *buffers = NULL;
    PyObject *from, *result = NULL;
    unsigned long long limit, seed;
    unsigned id_size;
    Index own, *indexes = NULL;
    Commits c = {0};
    size_t n = 0;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*y*y*IO!KK", &pack, &idx, &steps, &id_size, &PyTuple_Type, &from, &seed, &limit)) return NULL;
    int state = id_size == 20 || id_size == 32 ? open_indexes(from, id_size, &indexes, &buffers, &n) : MALFORMED;
    if (state == OK && index_open(&own, idx.buf, (size_t)idx.len, id_size)) state = MALFORMED;
    c.lookup.own = &own, c.lookup.indexes = indexes, c.lookup.n_indexes = n, c.lookup.id_size = id_size, c.lookup.seed = seed;
    if (state == OK && (!(c.lookup.seen = calloc(SEEN, sizeof *c.lookup.seen)) || !(c.items = PyList_New(0)))) state = NO_MEMORY;
    if (state == OK) state = each(&pack, &steps, limit, commit_item, &c);
    if (state == OK) {
        PyObject *rows = list_bytes(&c.rows, 1), *absent = list_bytes(&c.absent, 1);
        if (rows && absent) result = PyTuple_Pack(3, c.items, rows, absent);
        Py_XDECREF(rows), Py_XDECREF(absent);
    } else if (!PyErr_Occurred()) {
        fail(state);
    }
    Py_XDECREF(c.items);
    free(c.rows.items), free(c.absent.items), free(c.lookup.absent.items), free(c.lookup.seen);
    for (size_t i = 0; i < n; i++) PyBuffer_Release(buffers + i);
    free(indexes), free(buffers);
    PyBuffer_Release(&pack), PyBuffer_Release(&idx), PyBuffer_Release(&steps);
    return result;
}

static PyObject *kernel_hits(PyObject *self, PyObject *args) {
    enum { HEADS, KEYS, NUMBERS, NAMES, BUFFERS };
    Py_buffer blobs, trees;
    PyObject *from, *result = NULL;
    Hits h = {0};
    (void)self;
    if (!PyArg_ParseTuple(args, "O!y*y*", &PyTuple_Type, &from, &blobs, &trees)) return NULL;
    size_t n = (size_t)PyTuple_Size(from), open = 0;
    Part *parts = calloc(n + 1, sizeof *parts);
    Py_buffer *buffers = calloc(n + 1, BUFFERS * sizeof *buffers);
    int state = parts && buffers ? OK : NO_MEMORY;
    for (; state == OK && open < n; open++) {
        Py_buffer *b = buffers + open * BUFFERS;
        Part *part = parts + open;
        if (!PyArg_ParseTuple(PyTuple_GetItem(from, (Py_ssize_t)open), "y*y*y*y*", b, b + 1, b + 2, b + 3)) {
            state = MALFORMED;
            break;
        }
        part->heads = b[HEADS].buf, part->n_heads = (size_t)b[HEADS].len / sizeof(Head);
        part->keys = b[KEYS].buf, part->numbers = b[NUMBERS].buf, part->n_entries = (size_t)b[KEYS].len / 8;
        part->names = b[NAMES].buf, part->n_names = (size_t)b[NAMES].len;
        if ((size_t)b[NUMBERS].len / 4 != part->n_entries) state = MALFORMED;
    }
    h.parts = parts, h.n_parts = n;
    if (state == OK) state = hits_find(&h, blobs.buf, (size_t)blobs.len / 8, trees.buf, (size_t)trees.len / 8);
    if (state == OK) {
        PyObject *lists = list_bytes(&h.lists, 4), *changes = list_bytes(&h.changes, 4), *grown = list_bytes(&h.grown, 8);
        if (lists && changes && grown) result = PyTuple_Pack(3, lists, changes, grown);
        Py_XDECREF(lists), Py_XDECREF(changes), Py_XDECREF(grown);
    } else if (!PyErr_Occurred()) {
        fail(state);
    }
    free(h.lists.items), free(h.changes.items), free(h.grown.items), free(h.stack.items), free(h.blobs.slots), free(h.trees.slots);
    free(h.blobs.filter), free(h.trees.filter);
    for (size_t i = 0; i < open * BUFFERS; i++) PyBuffer_Release(buffers + i);
    free(parts), free(buffers);
    PyBuffer_Release(&blobs), PyBuffer_Release(&trees);
    return result;
}

static PyObject *kernel_keys(PyObject *self, PyObject *args) {
    Py_buffer ids;
    unsigned long long seed;
    unsigned id_size;
    PyObject *out = NULL;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*IK", &ids, &id_size, &seed)) return NULL;
    if (id_size != 20 && id_size != 32) {
        fail(MALFORMED);
    } else {
        size_t n = (size_t)ids.len / id_size;
        out = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(n * 8));
        char *at = out ? PyBytes_AsString(out) : NULL;
        for (size_t i = 0; at && i < n; i++) {
            uint64_t key = hash_bytes((const uint8_t *)ids.buf + i * id_size, id_size, seed);
            memcpy(at + 8 * i, &key, 8);
        }
    }
    PyBuffer_Release(&ids);
    return out;
}

static PyObject *kernel_find(PyObject *self, PyObject *args) {
    Py_buffer idx, ids;
    unsigned id_size;
    Index index;
    PyObject *out = NULL;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*y*I", &idx, &ids, &id_size)) return NULL;
    if ((id_size != 20 && id_size != 32) || index_open(&index, idx.buf, (size_t)idx.len, id_size)) {
        fail(MALFORMED);
    } else {
        Py_ssize_t n = ids.len / (Py_ssize_t)id_size;
        out = PyBytes_FromStringAndSize(NULL, n * 4);
        char *at = out ? PyBytes_AsString(out) : NULL;
        for (Py_ssize_t i = 0; at && i < n; i++) {
            int32_t found = (int32_t)index_find(&index, (const uint8_t *)ids.buf + (size_t)i * id_size);
            memcpy(at + 4 * i, &found, 4);
        }
    }
    PyBuffer_Release(&idx), PyBuffer_Release(&ids);
    return out;
}

static PyObject *kernel_shared(PyObject *self, PyObject *args) {
    Py_buffer idx, other;
    unsigned id_size;
    Index a, b;
    PyObject *out = NULL;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*y*I", &idx, &other, &id_size)) return NULL;
    if ((id_size != 20 && id_size != 32) || index_open(&a, idx.buf, (size_t)idx.len, id_size) ||
        index_open(&b, other.buf, (size_t)other.len, id_size)) {
        fail(MALFORMED);
    } else {
        out = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)a.n);
        char *at = out ? PyBytes_AsString(out) : NULL;
        for (uint32_t i = 0; at && i < a.n; i++) at[i] = index_find(&b, a.names + (size_t)i * id_size) >= 0;
    }
    PyBuffer_Release(&idx), PyBuffer_Release(&other);
    return out;
}

static PyObject *kernel_table(PyObject *self, PyObject *args) {
    Py_buffer ids;
    PyObject *names, *out = NULL;
    unsigned long long seed;
    unsigned id_size;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*IO!K", &ids, &id_size, &PyTuple_Type, &names, &seed)) return NULL;
    size_t n = id_size == 20 || id_size == 32 ? (size_t)ids.len / id_size : 0, n_names = (size_t)PyTuple_Size(names);
    size_t size = table_size(n + n_names);
    out = id_size == 20 || id_size == 32 ? PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(8 * size)) : fail(MALFORMED);
    if (out) {
        uint8_t *slots = (uint8_t *)PyBytes_AsString(out);
        memset(slots, 0, 8 * size);
        for (size_t i = 0; i < n; i++) table_add(slots, size, hash_bytes((uint8_t *)ids.buf + i * id_size, id_size, seed));
        for (size_t i = 0; i < n_names; i++) {
            char *name;
            Py_ssize_t length;
            if (PyBytes_AsStringAndSize(PyTuple_GetItem(names, (Py_ssize_t)i), &name, &length)) {
                Py_DecRef(out);
                out = NULL;
                break;
            }
            table_add(slots, size, hash_bytes((uint8_t *)name, (size_t)length, seed));
        }
    }
    PyBuffer_Release(&ids);
    return out;
}

static PyObject *row_item(const Row *row, size_t id_size, PyObject *last) {
    if (!last) return NULL;
    PyObject *item = Py_BuildValue("(y#y#y#N)", row->mode, (Py_ssize_t)row->mode_size, row->name, (Py_ssize_t)row->name_size,
                                   row->id, (Py_ssize_t)id_size, last);
    return item;
}

static int append_row(PyObject *rows, PyObject *item) {
    int failed = !item || PyList_Append(rows, item);
    Py_XDECREF(item);
    return failed ? NO_MEMORY : OK;
}

static PyObject *rows_or_error(PyObject *rows, int state) {
    if (state == OK) return rows;
    Py_XDECREF(rows);
    return PyErr_Occurred() ? NULL : fail(state);
}

static PyObject *kernel_entries(PyObject *self, PyObject *args) {
    Py_buffer tree, table;
    unsigned long long seed;
    unsigned id_size;
    int named = 0;
    Row row;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*Iy*K|p", &tree, &id_size, &table, &seed, &named)) return NULL;
    size_t size = (size_t)table.len / 8;
    int state = (id_size == 20 || id_size == 32) && size && !(size & (size - 1)) ? OK : MALFORMED;
    PyObject *rows = state == OK ? PyList_New(0) : NULL;
    const uint8_t *start = tree.buf, *p = start, *end = p + tree.len;
    if (state == OK && !rows) state = NO_MEMORY;
    while (state == OK && p < end) {
        state = row_at(p, end, id_size, &row);
        if (state != OK) break;
        if (table_has(table.buf, size, hash_bytes(row.id, id_size, seed)) ||
            (named && table_has(table.buf, size, hash_bytes(row.name, row.name_size, seed))))
            state = append_row(rows, row_item(&row, id_size, PyLong_FromSsize_t(row.id - start)));
        p = row.id + id_size;
    }
    PyBuffer_Release(&tree), PyBuffer_Release(&table);
    return rows_or_error(rows, state);
}

static PyObject *kernel_differing(PyObject *self, PyObject *args) {
    Py_buffer old, new;
    unsigned id_size;
    Row a, b;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*y*I", &old, &new, &id_size)) return NULL;
    int state = id_size == 20 || id_size == 32 ? OK : MALFORMED, alike = old.len == new.len;
    PyObject *rows = state == OK ? PyList_New(0) : NULL;
    const uint8_t *p = old.buf, *end = p + old.len, *q = new.buf;
    if (state == OK && !rows) state = NO_MEMORY;
    while (state == OK && alike && p < end) {
        state = row_at(p, end, id_size, &a);
        size_t head = state == OK ? (size_t)(a.id - p) : 0;
        if (state != OK || !(alike = !memcmp(p, q, head))) break;
        b = a, b.id = q + head;
        if (memcmp(a.id, b.id, id_size))
            state = append_row(rows, row_item(&a, id_size, PyBytes_FromStringAndSize((const char *)b.id, id_size)));
        p += head + id_size, q += head + id_size;
    }
    PyBuffer_Release(&old), PyBuffer_Release(&new);
    if (state == OK && !alike) {
        Py_XDECREF(rows);
        return Py_BuildValue("");
    }
    return rows_or_error(rows, state);
}

static PyObject *kernel_along(PyObject *self, PyObject *args) {
    Py_buffer base, data, ranges;
    List out = {0};
    PyObject *made = NULL;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*y*y*", &base, &data, &ranges)) return NULL;
    size_t n = (size_t)ranges.len / sizeof(Copied);
    Copied *copies = malloc((size_t)ranges.len + 1); /* the buffer may start anywhere */
    int state = copies ? OK : NO_MEMORY;
    if (base.len > UINT32_MAX || data.len > UINT32_MAX) state = TOO_LARGE;
    if (state == OK) memcpy(copies, ranges.buf, n * sizeof(Copied));
    if (state == OK) state = delta_along(base.buf, (size_t)base.len, data.buf, (size_t)data.len, copies, n, &out);
    if (state == OK)
        made = list_bytes(&out, 1);
    else
        fail(state);
    free(copies), free(out.items);
    PyBuffer_Release(&base), PyBuffer_Release(&data), PyBuffer_Release(&ranges);
    return made;
}

static PyMethodDef methods[] = {
    {"inflate", kernel_inflate, METH_VARARGS, NULL},       {"delta", kernel_delta, METH_VARARGS, NULL},
    {"unpack", kernel_unpack, METH_VARARGS, NULL},         {"plan", kernel_plan, METH_VARARGS, NULL},
    {"steps", kernel_steps, METH_VARARGS, NULL},
    {"unpack_all", kernel_unpack_all, METH_VARARGS, NULL}, {"trees", kernel_trees, METH_VARARGS, NULL},
    {"commits", kernel_commits, METH_VARARGS, NULL},
    {"hits", kernel_hits, METH_VARARGS, NULL},             {"keys", kernel_keys, METH_VARARGS, NULL},
    {"find", kernel_find, METH_VARARGS, NULL},             {"shared", kernel_shared, METH_VARARGS, NULL},
    {"table", kernel_table, METH_VARARGS, NULL},           {"entries", kernel_entries, METH_VARARGS, NULL},
    {"differing", kernel_differing, METH_VARARGS, NULL},   {"along", kernel_along, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "leakscan.git._kernel",
    .m_size = 0,
    .m_methods = methods,
};

PyMODINIT_FUNC PyInit__kernel(void) {
    inflate_setup();
    return PyModule_Create(&module);
}
