/* What the modules of this directory answer in Python. Included behind Python.h, `_delta.h` and `_names.h`. */

#ifndef LEAKSCAN_ANSWER_H
#define LEAKSCAN_ANSWER_H

/* Raises what a state other than OK stands for. */
static PyObject *fail(int state) {
    if (state == NO_MEMORY) return PyErr_NoMemory();
    if (state == TOO_LARGE)
        PyErr_SetString(PyExc_OverflowError, "larger than the limit");
    else
        PyErr_SetString(PyExc_ValueError, "malformed");
    return NULL;
}

/* A list whose items have `size` bytes. */
static PyObject *list_bytes(const List *list, size_t size) {
    return PyBytes_FromStringAndSize(list->items ? list->items : "", (Py_ssize_t)(list->n * size));
}

/* Names as a list of bytes, by number. */
static PyObject *names_list(const Names *all) {
    PyObject *names = PyList_New((Py_ssize_t)all->ends.n);
    const uint64_t *ends = all->ends.items;
    for (size_t i = 0; names && i < all->ends.n; i++) {
        uint64_t start = i ? ends[i - 1] : 0;
        PyObject *name = PyBytes_FromStringAndSize((char *)all->arena.items + start, (Py_ssize_t)(ends[i] - start));
        if (!name) {
            Py_DecRef(names);
            return NULL;
        }
        PyList_SetItem(names, (Py_ssize_t)i, name);
    }
    return names;
}

#endif
