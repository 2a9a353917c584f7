/* Windows of a text, from what Python has: a tuple of pairs (start, end), half-open, in order and none reaching into another,
   as `windows_twin.py` has them. To be included behind Python.h. */

#include <stddef.h>
#include <stdlib.h>

typedef struct {
    size_t low, high;
} Window;

static int window_of(PyObject *pair, size_t least, size_t size, Window *out) {
    if (!pair || !PyTuple_Check(pair) || PyTuple_Size(pair) != 2) return 0;
    PyObject *low = PyTuple_GetItem(pair, 0), *high = PyTuple_GetItem(pair, 1);
    if (!PyLong_Check(low) || !PyLong_Check(high)) return 0;
    out->low = PyLong_AsSize_t(low), out->high = PyErr_Occurred() ? 0 : PyLong_AsSize_t(high);
    if (PyErr_Occurred()) { /* below zero, or too large for any text */
        PyErr_Clear();
        return 0;
    }
    return least <= out->low && out->low <= out->high && out->high <= size;
}

/* The `*n` windows of a text of `size` bytes, for the caller to free. NULL with an exception: ValueError where one is none. */
static Window *windows_of(PyObject *pairs, size_t size, size_t *n) {
    Py_ssize_t all = PyTuple_Size(pairs);
    Window *out = all < 0 ? NULL : malloc(((size_t)all + 1) * sizeof(Window));
    if (!out) return all < 0 ? NULL : (Window *)PyErr_NoMemory();
    for (*n = 0; *n < (size_t)all; ++*n)
        if (!window_of(PyTuple_GetItem(pairs, (Py_ssize_t)*n), *n ? out[*n - 1].high : 0, size, &out[*n])) {
            PyErr_SetString(PyExc_ValueError, "malformed");
            free(out);
            return NULL;
        }
    return out;
}
