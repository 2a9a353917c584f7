/* What the modules of this directory answer in Python. Included behind Python.h and `_plan.h`. */

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

#endif
