/* leakscan.git._purge: what a purge costs most. Optional: `purge_twin.py` does the same in Python, and says in its docstrings
   what each function takes and gives; the two are tested against each other.

   Whatever it is given may be hostile: every access is bounded, sizes are limited by the caller, nothing recurses.
   Limited API (abi3) of Python 3.11. */

#define PY_SSIZE_T_CLEAN
#ifndef Py_LIMITED_API
#define Py_LIMITED_API 0x030B0000
#endif
#include <Python.h>

#include "_inflate.h"
#include "_delta.h"
#include "_plan.h"
#include "_names.h"
#include "_trees.h"
#include "_strict.h"
#include "_rewrite.h"
#include "_patch.h"
#include "_relink.h"
#include "_answer.h"

static PyObject *purge_ordered(PyObject *self, PyObject *args) {
    Py_buffer idx, omit;
    unsigned id_size;
    Index index;
    PyObject *out = NULL;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*y*I", &idx, &omit, &id_size)) return NULL;
    int state = (id_size == 20 || id_size == 32) && !index_open(&index, idx.buf, (size_t)idx.len, id_size) ? OK : MALFORMED;
    uint8_t *left = state == OK ? calloc((size_t)index.n + 1, 1) : NULL;
    Slot *slots = state == OK ? malloc(((size_t)index.n + 1) * sizeof *slots) : NULL;
    if (state == OK && (!left || !slots)) state = NO_MEMORY;
    if (state == OK) {
        size_t n = 0;
        uint64_t largest = 0;
        for (Py_ssize_t at = 0; at + (Py_ssize_t)id_size <= omit.len; at += id_size) {
            int64_t found = index_find(&index, (uint8_t *)omit.buf + at);
            if (found >= 0) left[found] = 1;
        }
        for (uint32_t i = 0; i < index.n; i++) {
            if (left[i]) continue;
            slots[n].offset = index_offset(&index, i), slots[n].index = i;
            if (slots[n].offset > largest) largest = slots[n].offset;
            n++;
        }
        state = n ? sort_slots(slots, n, largest) : OK;
        if (state == OK) out = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(n * id_size));
        char *at = out ? PyBytes_AsString(out) : NULL;
        for (size_t i = 0; at && i < n; i++) memcpy(at + i * id_size, index.names + (size_t)slots[i].index * id_size, id_size);
    }
    free(left), free(slots);
    PyBuffer_Release(&idx), PyBuffer_Release(&omit);
    return state == OK ? out : fail(state);
}

/* Calls `context`, a Python function from bytes to an id. */
static int digest_of(void *context, const uint8_t *data, size_t size, uint8_t *id) {
    PyObject *view = PyMemoryView_FromMemory((char *)data, (Py_ssize_t)size, PyBUF_READ);
    PyObject *made = view ? PyObject_CallFunctionObjArgs(context, view, NULL) : NULL;
    Py_ssize_t n = made ? PyBytes_Size(made) : -1;
    int state = n == 20 || n == 32 ? OK : NO_MEMORY; /* ends the walk; what Python has to say of it goes before */
    if (state == OK) memcpy(id, PyBytes_AsString(made), (size_t)n);
    Py_XDECREF(view), Py_XDECREF(made);
    return state;
}

static PyObject *purge_unsound(PyObject *self, PyObject *args) {
    Py_buffer pack, steps, *buffers = NULL, *kinds = NULL;
    PyObject *digest, *from, *of, *result = NULL;
    unsigned long long seed, limit;
    unsigned id_size;
    Strict s = {0};
    Trees *t = &s.trees;
    Index *indexes = NULL;
    size_t n = 0;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*y*IO!O!OKK", &pack, &steps, &id_size, &PyTuple_Type, &from, &PyTuple_Type, &of, &digest, &seed, &limit))
        return NULL;
    size_t given = (size_t)PyTuple_Size(from);
    int state = (id_size == 20 || id_size == 32) && given && PyTuple_Size(of) == (Py_ssize_t)given ? OK : MALFORMED;
    const uint8_t **tables = calloc(given + 1, sizeof *tables);
    indexes = calloc(given + 1, sizeof *indexes), buffers = calloc(given + 1, sizeof *buffers), kinds = calloc(given + 1, sizeof *kinds);
    t->seen = calloc(SEEN, sizeof *t->seen);
    if (state == OK && !(tables && indexes && buffers && kinds && t->seen)) state = NO_MEMORY;
    for (; state == OK && n < given; n++) {
        if (PyObject_GetBuffer(PyTuple_GetItem(from, (Py_ssize_t)n), buffers + n, PyBUF_SIMPLE)) {
            state = MALFORMED;
            break;
        }
        if (PyObject_GetBuffer(PyTuple_GetItem(of, (Py_ssize_t)n), kinds + n, PyBUF_SIMPLE)) {
            PyBuffer_Release(buffers + n);
            state = MALFORMED;
            break;
        }
        tables[n] = kinds[n].buf;
        if (index_open(indexes + n, buffers[n].buf, (size_t)buffers[n].len, id_size) || (size_t)kinds[n].len < indexes[n].n) state = MALFORMED;
    }
    if (state == OK) {
        t->own = s.indexes = indexes, s.n_indexes = n, t->id_size = id_size, t->seed = seed, t->visit = strict_visit;
        s.kinds = tables, s.digest = digest_of, s.context = digest;
        state = trees_walk(t, pack.buf, (size_t)pack.len, steps.buf, (size_t)steps.len / sizeof(Step), limit);
    }
    if (state == OK) {
        List bad = {0};
        if (t->unread.n) state = put(&bad, t->unread.items, t->unread.n * 4);
        if (state == OK && s.unlike.n) state = put(&bad, s.unlike.items, s.unlike.n);
        if (state == OK && t->malformed.n) state = put(&s.unsound, t->malformed.items, t->malformed.n * 4);
        PyObject *parts[4] = {list_bytes(&bad, 1), list_bytes(&s.unsound, 1), list_bytes(&s.odd, 1), list_bytes(&s.unknown, 1)};
        if (parts[0] && parts[1] && parts[2] && parts[3]) result = PyTuple_Pack(4, parts[0], parts[1], parts[2], parts[3]);
        for (int i = 0; i < 4; i++) Py_XDECREF(parts[i]);
        free(bad.items);
    }
    free(t->heads.items), free(t->keys.items), free(t->numbers.items), free(t->absent.items), free(t->unread.items), free(t->malformed.items);
    names_free(&t->names), free(t->seen), free(t->cuts.items);
    free(s.unlike.items), free(s.unsound.items), free(s.odd.items), free(s.unknown.items);
    for (size_t i = 0; i < n; i++) PyBuffer_Release(buffers + i), PyBuffer_Release(kinds + i);
    free(indexes), free(buffers), free(kinds), free(tables);
    PyBuffer_Release(&pack), PyBuffer_Release(&steps);
    if (state != OK && !PyErr_Occurred()) fail(state);
    return state == OK ? result : NULL;
}

typedef struct {
    PyObject *ids, *offsets, *digest, *compress;
    size_t id_size;
} Kept;

static int kept_id(PyObject *dict, const uint8_t *id, size_t n, PyObject **found) {
    PyObject *key = PyBytes_FromStringAndSize((const char *)id, (Py_ssize_t)n);
    *found = key ? PyDict_GetItemWithError(dict, key) : NULL; /* borrowed */
    Py_XDECREF(key);
    return *found ? OK : PyErr_Occurred() ? NO_MEMORY : 1;
}

static int kept_exchange(void *context, const uint8_t *id, uint8_t *instead) {
    Kept *k = context;
    PyObject *found;
    int state = kept_id(k->ids, id, k->id_size, &found);
    if (state != OK) return state;
    if (PyBytes_Size(found) != (Py_ssize_t)k->id_size) return NO_MEMORY;
    memcpy(instead, PyBytes_AsString(found), k->id_size);
    return OK;
}

static int kept_offset(void *context, const uint8_t *id, uint64_t *offset) {
    Kept *k = context;
    PyObject *found;
    int state = kept_id(k->offsets, id, k->id_size, &found);
    if (state != OK) return state;
    *offset = PyLong_AsUnsignedLongLong(found);
    return PyErr_Occurred() ? NO_MEMORY : OK;
}

static int kept_learn(void *context, const uint8_t *old, const uint8_t *new, int64_t offset) {
    Kept *k = context;
    PyObject *a = PyBytes_FromStringAndSize((const char *)old, (Py_ssize_t)k->id_size);
    PyObject *b = PyBytes_FromStringAndSize((const char *)new, (Py_ssize_t)k->id_size), *at = PyLong_FromLongLong(offset);
    int failed = !a || !b || !at || PyDict_SetItem(k->ids, a, b) || (offset >= 0 && PyDict_SetItem(k->offsets, b, at));
    Py_XDECREF(a), Py_XDECREF(b), Py_XDECREF(at);
    return failed ? NO_MEMORY : OK;
}

static int kept_digest(void *context, const uint8_t *data, size_t size, uint8_t *id) {
    return digest_of(((Kept *)context)->digest, data, size, id);
}

static int kept_compress(void *context, const uint8_t *data, size_t size, List *out) {
    PyObject *view = PyMemoryView_FromMemory((char *)data, (Py_ssize_t)size, PyBUF_READ);
    PyObject *made = view ? PyObject_CallFunctionObjArgs(((Kept *)context)->compress, view, NULL) : NULL;
    Py_ssize_t n = made ? PyBytes_Size(made) : -1;
    int state = n < 0 ? NO_MEMORY : put(out, PyBytes_AsString(made), (size_t)n);
    Py_XDECREF(view), Py_XDECREF(made);
    return state;
}

static PyObject *purge_patched(PyObject *self, PyObject *args) {
    Py_buffer pack, idx, steps, marks, table;
    unsigned long long seed, at;
    unsigned id_size;
    Kept k = {0};
    Index own;
    Patch p = {0};
    (void)self;
    if (!PyArg_ParseTuple(args, "y*y*y*y*Iy*KO!O!KOO", &pack, &idx, &steps, &marks, &id_size, &table, &seed, &PyDict_Type, &k.ids,
                          &PyDict_Type, &k.offsets, &at, &k.digest, &k.compress))
        return NULL;
    size_t n = (size_t)steps.len / sizeof(Step), slots = (size_t)table.len / 8;
    int state = (id_size == 20 || id_size == 32) && !index_open(&own, idx.buf, (size_t)idx.len, id_size) && (size_t)marks.len >= n &&
                        slots && !(slots & (slots - 1))
                    ? OK
                    : MALFORMED;
    if (state == OK) {
        k.id_size = p.id_size = id_size;
        p.pack = pack.buf, p.pack_size = (size_t)pack.len, p.table = table.buf, p.table_size = slots, p.seed = seed, p.at = at;
        p.context = &k, p.exchange = kept_exchange, p.offset = kept_offset, p.learn = kept_learn, p.digest = kept_digest;
        p.compress = kept_compress;
        state = patch_walk(&p, &own, steps.buf, marks.buf, n);
    }
    PyObject *out = state == OK ? list_bytes(&p.out, 1) : NULL;
    free(p.out.items), free(p.places.items);
    PyBuffer_Release(&pack), PyBuffer_Release(&idx), PyBuffer_Release(&steps), PyBuffer_Release(&marks), PyBuffer_Release(&table);
    if (state != OK && !PyErr_Occurred()) fail(state);
    return out;
}

static PyObject *purge_links(PyObject *self, PyObject *args) {
    Py_buffer raw;
    unsigned id_size;
    int plain = 0;
    Links links;
    PyObject *out = NULL;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*I|p", &raw, &id_size, &plain)) return NULL;
    if ((id_size != 20 && id_size != 32) || links_of(raw.buf, (size_t)raw.len, id_size, &links) || (plain && !is_plain_commit(&links))) {
        out = Py_BuildValue("");
    } else {
        out = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(id_size * (links.n_parents + 1)));
        uint8_t *at = out ? (uint8_t *)PyBytes_AsString(out) : NULL;
        if (at) hex_id(links.tree, id_size, at);
        for (size_t i = 0; at && i < links.n_parents; i++) hex_id(links.parents + i * (2 * id_size + 8) + 7, id_size, at + (i + 1) * id_size);
    }
    PyBuffer_Release(&raw);
    return out;
}

/* What follows a commit's parents, without signatures and without tags that it merges. */
static int unsealed(const Links *links, List *out, unsigned *signatures, unsigned *mergetags) {
    const uint8_t *p = links->rest;
    Seal seal = OTHER;
    while (p && p < links->end && *p != '\n') {
        const uint8_t *next = line_end(p, links->end);
        if (*p != ' ' || p == links->rest) { /* else the line goes on */
            seal = seal_of(p, links->end);
            *signatures += seal == SIGNATURE, *mergetags += seal == MERGETAG;
        }
        if (seal == OTHER && put(out, p, (size_t)((next ? next : links->end) - p))) return NO_MEMORY;
        p = next;
    }
    return p && p < links->end && put(out, p, (size_t)(links->end - p)) ? NO_MEMORY : OK;
}

static PyObject *purge_relinked(PyObject *self, PyObject *args) {
    Py_buffer raw, tree;
    unsigned id_size, signatures = 0, mergetags = 0;
    Kept k = {0};
    Links links;
    List out = {0};
    PyObject *made = NULL;
    uint8_t id[32], instead[32], line[72];
    (void)self;
    if (!PyArg_ParseTuple(args, "y*y*O!I", &raw, &tree, &PyDict_Type, &k.ids, &id_size)) return NULL;
    k.id_size = id_size;
    int state = (id_size == 20 || id_size == 32) && (size_t)tree.len == id_size ? links_of(raw.buf, (size_t)raw.len, id_size, &links) : MALFORMED;
    if (state == OK) {
        id_hex(tree.buf, id_size, line + 5), memcpy(line, "tree ", 5), line[2 * id_size + 5] = '\n';
        state = put(&out, line, 2 * id_size + 6);
        for (size_t i = 0; state == OK && i < links.n_parents; i++) {
            hex_id(links.parents + i * (2 * id_size + 8) + 7, id_size, id);
            state = kept_exchange(&k, id, instead);
            if (state < 0) break;
            id_hex(state == OK ? instead : id, id_size, line + 7), memcpy(line, "parent ", 7), line[2 * id_size + 7] = '\n';
            state = put(&out, line, 2 * id_size + 8);
        }
        if (state == OK) state = unsealed(&links, &out, &signatures, &mergetags);
        if (state == OK) made = Py_BuildValue("(NII)", list_bytes(&out, 1), signatures, mergetags);
        else if (!PyErr_Occurred()) fail(state);
    } else {
        made = Py_BuildValue("");
    }
    free(out.items);
    PyBuffer_Release(&raw), PyBuffer_Release(&tree);
    return made;
}

static PyObject *purge_quotes(PyObject *self, PyObject *raw) {
    char *data;
    Py_ssize_t n;
    (void)self;
    if (PyBytes_AsStringAndSize(raw, &data, &n)) return NULL;
    const uint8_t *p = (uint8_t *)data, *end = p + n;
    while (p && p < end && *p != '\n') p = line_end(p, end);
    return PyBool_FromLong(p && p < end && quotes_ids(p, end));
}

static PyMethodDef methods[] = {
    {"ordered", purge_ordered, METH_VARARGS, NULL},
    {"patched", purge_patched, METH_VARARGS, NULL},
    {"links", purge_links, METH_VARARGS, NULL},
    {"relinked", purge_relinked, METH_VARARGS, NULL},
    {"quotes", purge_quotes, METH_O, NULL},
    {"unsound", purge_unsound, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "leakscan.git._purge",
    .m_size = 0,
    .m_methods = methods,
};

PyMODINIT_FUNC PyInit__purge(void) {
    inflate_setup();
    return PyModule_Create(&module);
}
