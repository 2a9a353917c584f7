/* leakscan.git._attribution: where in history something is. Optional: `attribution_twin.py` does the same in Python, and says in
   its docstrings what each function takes and gives; the two are tested against each other.

   Whatever it is given may be hostile: every access is bounded, nothing recurses. Limited API (abi3) of Python 3.11. */

#define PY_SSIZE_T_CLEAN
#ifndef Py_LIMITED_API
#define Py_LIMITED_API 0x030B0000
#endif
#include <Python.h>

#include "_delta.h"
#include "_names.h"
#include "_pruned.h"
#include "_introduced.h"
#include "_ancestry.h"
#include "_lives.h"
#include "_answer.h"

enum { HEADS, KEYS, NUMBERS, WANTED, NAMES, BUFFERS };

static int open_source(PyObject *from, Py_buffer *b, Source *s) {
    if (!PyArg_ParseTuple(from, "y*y*y*y*y*", b, b + 1, b + 2, b + 3, b + 4)) return MALFORMED;
    s->heads = b[HEADS].buf, s->n_heads = (size_t)b[HEADS].len / sizeof(Head);
    s->keys = b[KEYS].buf, s->numbers = b[NUMBERS].buf, s->n_entries = (size_t)b[KEYS].len / 8;
    s->wanted = b[WANTED].buf, s->n_names = (size_t)b[WANTED].len;
    s->names = b[NAMES].buf, s->names_size = (size_t)b[NAMES].len;
    return (size_t)b[NUMBERS].len / 4 == s->n_entries ? source_open(s) : MALFORMED;
}

static int prune(Pruned *p, const Py_buffer *lists, const Py_buffer *changes, const Py_buffer *blobs, const Py_buffer *roots,
                 uint32_t *numbers) {
    size_t n = (size_t)blobs->len / 8;
    int state = n < ITEM_INDEX ? map_make(&p->blobs, n) : TOO_LARGE;
    for (size_t i = 0; state == OK && i < n; i++) map_put(&p->blobs, ((const uint64_t *)blobs->buf)[i], (uint32_t)i);
    if (state == OK) state = pruned_trees(p, lists->buf, (size_t)lists->len / 4);
    if (state == OK) state = pruned_lists(p, changes->buf, (size_t)changes->len / 4);
    if (state == OK) state = pruned_roots(p, roots->buf, (size_t)roots->len / 8, numbers);
    return state;
}

static PyObject *attribution_pruned(PyObject *self, PyObject *args) {
    PyObject *from, *result = NULL;
    Py_buffer lists, changes, blobs, roots;
    unsigned long long seed;
    Pruned p = {0};
    size_t open = 0;
    (void)self;
    if (!PyArg_ParseTuple(args, "O!y*y*y*y*K", &PyTuple_Type, &from, &lists, &changes, &blobs, &roots, &seed)) return NULL;
    size_t n = (size_t)PyTuple_Size(from), n_roots = (size_t)roots.len / 8;
    Py_buffer *buffers = calloc(n + 1, BUFFERS * sizeof *buffers);
    p.seed = seed, p.sources = calloc(n + 1, sizeof *p.sources);
    PyObject *numbers = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(n_roots * 4));
    int state = p.sources && buffers && numbers ? OK : NO_MEMORY;
    for (; state == OK && open < n; open++, p.n_sources++)
        state = open_source(PyTuple_GetItem(from, (Py_ssize_t)open), buffers + open * BUFFERS, p.sources + open);
    if (state == OK) state = prune(&p, &lists, &changes, &blobs, &roots, (uint32_t *)PyBytes_AsString(numbers));
    if (state == OK) {
        PyObject *parts[4] = {list_bytes(&p.ends, 8), list_bytes(&p.all, 8), list_bytes(&p.counts, 4), names_list(&p.names)};
        if (parts[0] && parts[1] && parts[2] && parts[3]) result = PyTuple_Pack(5, numbers, parts[0], parts[1], parts[2], parts[3]);
        for (int i = 0; i < 4; i++) Py_XDECREF(parts[i]);
    } else if (!PyErr_Occurred()) {
        fail(state);
    }
    Py_XDECREF(numbers);
    pruned_free(&p);
    for (size_t i = 0; buffers && i < open * BUFFERS; i++) PyBuffer_Release(buffers + i);
    free(buffers);
    PyBuffer_Release(&lists), PyBuffer_Release(&changes), PyBuffer_Release(&blobs), PyBuffer_Release(&roots);
    return result;
}

static PyObject *found_list(const Introduced *x) {
    PyObject *all = PyList_New((Py_ssize_t)x->found.n);
    const Found *f = x->found.items;
    for (size_t i = 0; all && i < x->found.n; i++, f++) {
        PyObject *one = Py_BuildValue("(Iy#I)", (unsigned)f->what, (char *)x->known.items + f->path, (Py_ssize_t)f->length, (unsigned)f->step);
        if (!one) {
            Py_DecRef(all);
            return NULL;
        }
        PyList_SetItem(all, (Py_ssize_t)i, one);
    }
    return all;
}

static PyObject *attribution_introduced(PyObject *self, PyObject *args) {
    PyObject *names, *result = NULL;
    Py_buffer ends, items, steps;
    unsigned long long seed;
    Introduced x = {0};
    List arena = {0}, name_ends = {0};
    (void)self;
    if (!PyArg_ParseTuple(args, "y*y*O!y*K", &ends, &items, &PyList_Type, &names, &steps, &seed)) return NULL;
    int state = OK;
    for (Py_ssize_t i = 0; state == OK && i < PyList_Size(names); i++) {
        char *name;
        Py_ssize_t n;
        if (PyBytes_AsStringAndSize(PyList_GetItem(names, i), &name, &n))
            state = MALFORMED;
        else
            state = put(&arena, name, (size_t)n) || put_u64(&name_ends, arena.n) ? NO_MEMORY : OK;
    }
    x.ends = ends.buf, x.items = items.buf, x.n_trees = (size_t)ends.len / 8, x.seed = seed;
    x.names = arena.items, x.name_ends = name_ends.items, x.n_names = name_ends.n;
    if (state == OK && !introduced_sound(&x, (uint64_t)items.len / 8, arena.n)) state = MALFORMED;
    if (state == OK) state = introduced_find(&x, steps.buf, (size_t)steps.len / 4);
    if (state == OK)
        result = found_list(&x);
    else if (!PyErr_Occurred())
        fail(state);
    introduced_free(&x);
    free(arena.items), free(name_ends.items);
    PyBuffer_Release(&ends), PyBuffer_Release(&items), PyBuffer_Release(&steps);
    return result;
}

static PyObject *attribution_ancestry(PyObject *self, PyObject *args) {
    Py_buffer rows;
    unsigned id_size;
    unsigned long long seed;
    Ancestry a = {0};
    PyObject *result = NULL;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*IK", &rows, &id_size, &seed)) return NULL;
    a.id_size = id_size, a.seed = seed;
    int state = id_size == 20 || id_size == 32 ? ancestry_read(&a, rows.buf, (size_t)rows.len) : MALFORMED;
    if (state == OK) {
        PyObject *parts[5] = {list_bytes(&a.oids, 1), list_bytes(&a.trees, 1), list_bytes(&a.times, 8), list_bytes(&a.ends, 4),
                              list_bytes(&a.parents, 4)};
        if (parts[0] && parts[1] && parts[2] && parts[3] && parts[4])
            result = PyTuple_Pack(5, parts[0], parts[1], parts[2], parts[3], parts[4]);
        for (int i = 0; i < 5; i++) Py_XDECREF(parts[i]);
    } else {
        fail(state);
    }
    ancestry_free(&a);
    PyBuffer_Release(&rows);
    return result;
}

static PyObject *attribution_numbered(PyObject *self, PyObject *args) {
    Py_buffer oids, asked;
    unsigned id_size;
    unsigned long long seed;
    Ancestry a = {0};
    PyObject *out = NULL;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*y*IK", &oids, &asked, &id_size, &seed)) return NULL;
    int state = id_size == 20 || id_size == 32 ? OK : MALFORMED;
    size_t n = state == OK ? (size_t)oids.len / id_size : 0, n_asked = state == OK ? (size_t)asked.len / id_size : 0;
    a.id_size = id_size, a.seed = seed, a.oids.items = oids.buf;
    if (state == OK) state = n < UNKNOWN ? ancestry_table(&a, n) : TOO_LARGE;
    if (state == OK && !(out = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(n_asked * 4)))) state = NO_MEMORY;
    char *at = out ? PyBytes_AsString(out) : NULL;
    for (size_t i = 0; at && i < n_asked; i++) {
        uint32_t number = a.table[ancestry_slot(&a, (uint8_t *)asked.buf + i * id_size)] - 1;
        memcpy(at + 4 * i, &number, 4);
    }
    free(a.table);
    PyBuffer_Release(&oids), PyBuffer_Release(&asked);
    return state == OK ? out : fail(state);
}

static PyObject *attribution_ancestors(PyObject *self, PyObject *args) {
    Py_buffer ends, parents, tips;
    Parents p;
    PyObject *out = NULL;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*y*y*", &ends, &parents, &tips)) return NULL;
    int state = parents_open(&p, ends.buf, (size_t)ends.len / 4, parents.buf, (size_t)parents.len / 4);
    if (state == OK && !(out = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)p.n))) state = NO_MEMORY;
    if (state == OK) {
        memset(PyBytes_AsString(out), 0, p.n);
        state = ancestors_mark(&p, tips.buf, (size_t)tips.len / 4, (uint8_t *)PyBytes_AsString(out));
    }
    PyBuffer_Release(&ends), PyBuffer_Release(&parents), PyBuffer_Release(&tips);
    if (state == OK) return out;
    Py_XDECREF(out);
    return PyErr_Occurred() ? NULL : fail(state);
}

static PyObject *attribution_changed(PyObject *self, PyObject *args) {
    Py_buffer ends, parents, here;
    Parents p;
    List found = {0};
    PyObject *out = NULL;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*y*y*", &ends, &parents, &here)) return NULL;
    int state = parents_open(&p, ends.buf, (size_t)ends.len / 4, parents.buf, (size_t)parents.len / 4);
    const uint32_t *tree = here.buf;
    if (state == OK && (size_t)here.len / 4 != p.n) state = MALFORMED;
    for (size_t i = 0; state == OK && i < p.n; i++) {
        size_t k = parents_start(&p, i);
        int differs = k == p.ends[i] && tree[i];
        for (; k < p.ends[i]; k++) differs |= tree[p.parents[k]] != tree[i];
        if (differs) state = put_u32(&found, (uint32_t)i);
    }
    if (state == OK) out = list_bytes(&found, 4);
    free(found.items);
    PyBuffer_Release(&ends), PyBuffer_Release(&parents), PyBuffer_Release(&here);
    return state == OK ? out : fail(state);
}

enum { ENDS, PARENTS, RANKS, OIDS, OF_HEAD, TIMES, HERE, COMMITS };
enum { TREE_ENDS, TREE_ITEMS, WANTED_PAIRS, TEXT_PAIRS, TIP_PAIRS, QUESTIONS };

static int open_lives(Lives *l, const Py_buffer *b, const Py_buffer *q, size_t n_groups, PyObject **out) {
    size_t n = (size_t)b[ENDS].len / 4;
    int state = parents_open(&l->parents, b[ENDS].buf, n, b[PARENTS].buf, (size_t)b[PARENTS].len / 4);
    if (state != OK) return state;
    if ((l->id_size != 20 && l->id_size != 32) || (size_t)b[RANKS].len != n || (size_t)b[OIDS].len != n * l->id_size ||
        (size_t)b[OF_HEAD].len != n || (size_t)b[TIMES].len != 8 * n || (size_t)b[HERE].len != 4 * n ||
        (l->head != UNKNOWN && l->head >= n))
        return MALFORMED;
    l->ranks = b[RANKS].buf, l->oids = b[OIDS].buf, l->of_head = b[OF_HEAD].buf, l->times = b[TIMES].buf, l->here = b[HERE].buf;
    l->ends = q[TREE_ENDS].buf, l->items = q[TREE_ITEMS].buf, l->n_trees = (size_t)q[TREE_ENDS].len / 8;
    for (size_t i = 0; i < n; i++)
        if (l->here[i] >= l->n_trees) return MALFORMED;
    for (size_t i = 0; i < (size_t)q[TREE_ITEMS].len / 8; i++) {
        uint64_t index = l->items[i] >> 2 & ITEM_INDEX, kind = l->items[i] & 3;
        if (kind == ITEM_BLOB && index >= l->n_blobs) return MALFORMED;
        if (kind == ITEM_NAME && index >= l->n_names) return MALFORMED;
        if (kind > ITEM_NAME) return MALFORMED;
    }
    l->trees = malloc((l->n_trees + 1) * 8), l->texts = malloc((n + 1) * 8), l->commits = malloc((n + 1) * 8);
    l->blobs = malloc((l->n_blobs + 1) * 8), l->names = malloc((l->n_names + 1) * 8);
    for (int i = 0; i < 3; i++)
        if (!(out[i] = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(i < 2 ? 4 * n_groups : n_groups)))) return NO_MEMORY;
    if (!l->trees || !l->texts || !l->commits || !l->blobs || !l->names) return NO_MEMORY;
    l->introduced = (uint32_t *)PyBytes_AsString(out[0]), l->removed = (uint32_t *)PyBytes_AsString(out[1]);
    l->flags = (uint8_t *)PyBytes_AsString(out[2]);
    memset(l->introduced, 0xFF, 4 * n_groups), memset(l->removed, 0xFF, 4 * n_groups), memset(l->flags, 0, n_groups);
    return q[TEXT_PAIRS].len ? lives_order(l) : OK;
}

static PyObject *attribution_lives(PyObject *self, PyObject *args) {
    Py_buffer b[COMMITS], q[QUESTIONS];
    unsigned id_size, head, n_groups, n_blobs, n_names;
    Lives l = {0};
    List held = {0};
    PyObject *out[4] = {NULL, NULL, NULL, NULL}, *result = NULL;
    (void)self;
    if (!PyArg_ParseTuple(args, "(y*y*y*y*y*y*y*)(y*y*y*y*y*)IIIII", b, b + 1, b + 2, b + 3, b + 4, b + 5, b + 6, q, q + 1, q + 2,
                          q + 3, q + 4, &id_size, &head, &n_blobs, &n_names, &n_groups))
        return NULL;
    l.id_size = id_size, l.head = head, l.n_blobs = n_blobs, l.n_names = n_names;
    Introduced sound = {.ends = q[TREE_ENDS].buf, .items = q[TREE_ITEMS].buf, .n_trees = (size_t)q[TREE_ENDS].len / 8,
                        .n_names = n_names};
    int state = introduced_trees(&sound, (uint64_t)q[TREE_ITEMS].len / 8) ? open_lives(&l, b, q, n_groups, out) : MALFORMED;
    const uint32_t *wanted = q[WANTED_PAIRS].buf, *texts = q[TEXT_PAIRS].buf, *tips = q[TIP_PAIRS].buf;
    size_t n_wanted = (size_t)q[WANTED_PAIRS].len / 8, n_texts = (size_t)q[TEXT_PAIRS].len / 8, n_tips = (size_t)q[TIP_PAIRS].len / 8;
    if (state == OK) state = lives_asked(&l, n_groups, wanted, n_wanted, texts, n_texts, tips, n_tips);
    if (state == OK) state = lives_find(&l, n_groups, wanted, n_wanted, texts, n_texts, tips, n_tips, &held);
    if (state == OK && (out[3] = list_bytes(&held, 4))) result = PyTuple_Pack(4, out[0], out[1], out[2], out[3]);
    if (state != OK && !PyErr_Occurred()) fail(state);
    for (int i = 0; i < 4; i++) Py_XDECREF(out[i]);
    lives_free(&l);
    free(held.items);
    for (int i = 0; i < COMMITS; i++) PyBuffer_Release(b + i);
    for (int i = 0; i < QUESTIONS; i++) PyBuffer_Release(q + i);
    return result;
}

static PyMethodDef methods[] = {
    {"ancestry", attribution_ancestry, METH_VARARGS, NULL},
    {"numbered", attribution_numbered, METH_VARARGS, NULL},
    {"ancestors", attribution_ancestors, METH_VARARGS, NULL},
    {"changed", attribution_changed, METH_VARARGS, NULL},
    {"lives", attribution_lives, METH_VARARGS, NULL},
    {"pruned", attribution_pruned, METH_VARARGS, NULL},
    {"introduced", attribution_introduced, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "leakscan.git._attribution",
    .m_size = 0,
    .m_methods = methods,
};

PyMODINIT_FUNC PyInit__attribution(void) { return PyModule_Create(&module); }
