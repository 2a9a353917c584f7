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

static PyMethodDef methods[] = {
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
