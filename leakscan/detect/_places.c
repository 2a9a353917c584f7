/* leakscan.detect._places: where matches can start, by what the automaton says. Optional: `places_twin.py` does the same in
   Python, and says in its docstring what is taken and given; the two are tested against each other.

   Texts are hostile: the time is linear in the text for each rule that has a hit, whatever the number of hits.
   Limited API (abi3) of Python 3.11. */

#define PY_SSIZE_T_CLEAN
#ifndef Py_LIMITED_API
#define Py_LIMITED_API 0x030B0000
#endif
#include <Python.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "_windows.h"

typedef struct {
    uint32_t lead, near, least, low, high, members; /* as in `places_twin.ROW` */
} Row;

typedef struct {
    size_t low, high;
} Span;

typedef struct {
    Span *items;
    size_t n, room;
} Spans;

typedef struct {
    size_t clear, clear_end; /* no run starts in this stretch */
    size_t run, run_end;     /* and this one is nothing but a run */
} Known;

static int add(Spans *list, size_t low, size_t high) {
    Span *last = list->n ? &list->items[list->n - 1] : NULL;
    if (last && low <= last->high) {
        if (high > last->high) last->high = high;
        return 0;
    }
    if (list->n == list->room) {
        size_t room = list->room ? 2 * list->room : 64;
        Span *larger = realloc(list->items, room * sizeof(Span));
        if (!larger) return -1;
        list->items = larger, list->room = room;
    }
    list->items[list->n].low = low, list->items[list->n].high = high;
    list->n++;
    return 0;
}

static int holds(const uint8_t *members, uint8_t byte) { return members[byte >> 3] >> (byte & 7) & 1; }

/* Of the starts in [low, high) those from which a run of the rule is not too far. */
static int narrow(const uint8_t *text, size_t size, const Row *row, const uint8_t *members, size_t low, size_t high,
                  Known *known, Spans *out) {
    size_t least = row->least;
    if (!least) return add(out, low, high);
    size_t at = low + row->low, last = high - 1 + row->high; /* where runs begin */
    if (at >= known->clear && at < known->clear_end) at = known->clear_end;
    size_t clear = at;
    while (at <= last && size >= least && at <= size - least) {
        size_t end = at + least;
        if (at >= known->run && end <= known->run_end) {
            end = known->run_end;
        } else {
            while (end > at && holds(members, text[end - 1])) end--;
            if (end > at) { /* no run begins before `end` */
                at = end;
                continue;
            }
            known->run = at;
            end = at + least;
        }
        while (end < size && end - least < last && holds(members, text[end])) end++;
        known->run_end = end;
        size_t first = at > row->high ? at - row->high : 0, behind = end - least + 1;
        behind = behind > row->low ? behind - row->low : 0;
        if (first < low) first = low;
        if (behind > high) behind = high;
        if (first < behind && add(out, first, behind)) return -1;
        at = end - least > last ? last + 1 : end - least + 1;
        if (at <= last) at = end + 1; /* what follows the run is none of it */
        clear = at;
    }
    known->clear = clear, known->clear_end = at > clear ? at : clear;
    return 0;
}

static int by_value(const void *a, const void *b) {
    uint64_t one = *(const uint64_t *)a, other = *(const uint64_t *)b;
    return one < other ? -1 : one > other;
}

static PyObject *as_list(const Spans *spans) {
    PyObject *list = PyList_New((Py_ssize_t)spans->n);
    for (size_t i = 0; list && i < spans->n; i++) {
        PyObject *pair = Py_BuildValue("(nn)", (Py_ssize_t)spans->items[i].low, (Py_ssize_t)spans->items[i].high);
        if (!pair || PyList_SetItem(list, (Py_ssize_t)i, pair)) Py_CLEAR(list);
    }
    return list;
}

/* The hits as numbers, rule above end, in order; NULL with an exception. Those of rules from `count` on are left out. */
static uint64_t *numbers(PyObject *hits, size_t count, size_t size, size_t *n) {
    Py_ssize_t all = PyList_Size(hits);
    uint64_t *out = all < 0 ? NULL : malloc(((size_t)all + 1) * sizeof(uint64_t));
    if (!out) return all < 0 ? NULL : (uint64_t *)PyErr_NoMemory();
    int sorted = 1;
    *n = 0;
    for (Py_ssize_t i = 0; i < all; i++) {
        PyObject *hit = PyList_GetItem(hits, i), *rule = hit ? PyTuple_GetItem(hit, 0) : NULL;
        PyObject *end = rule ? PyTuple_GetItem(hit, 1) : NULL;
        size_t number = end ? PyLong_AsSize_t(rule) : 0, at = end ? PyLong_AsSize_t(end) : 0;
        if (!end || PyErr_Occurred()) goto failed;
        if (number >= count) continue;
        if (at > size) {
            PyErr_SetString(PyExc_ValueError, "malformed");
            goto failed;
        }
        out[*n] = (uint64_t)number << 40 | at;
        if (*n && out[*n - 1] > out[*n]) sorted = 0;
        ++*n;
    }
    if (!sorted) qsort(out, *n, sizeof(uint64_t), by_value);
    return out;
failed:
    free(out);
    return NULL;
}

static PyObject *places_starts(PyObject *self, PyObject *args) {
    Py_buffer text, table, classes;
    PyObject *hits, *result = NULL;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*O!y*y*", &text, &PyList_Type, &hits, &table, &classes)) return NULL;
    const Row *rows = table.buf;
    size_t count = (size_t)table.len / sizeof(Row), size = (size_t)text.len, n = 0;
    Spans spans = {NULL, 0, 0};
    uint64_t *all = numbers(hits, count, size, &n);
    if (all) result = PyDict_New();
    for (size_t i = 0; result && i < n;) {
        size_t rule = (size_t)(all[i] >> 40), low = 0, high = 0;
        const Row *row = &rows[rule];
        Known known = {0, 0, 0, 0};
        int failed = 0;
        spans.n = 0;
        if (row->least && ((size_t)row->members + 1) * 32 > (size_t)classes.len) {
            PyErr_SetString(PyExc_ValueError, "malformed");
            Py_CLEAR(result);
            break;
        }
        const uint8_t *members = (const uint8_t *)classes.buf + (row->least ? (size_t)row->members * 32 : 0);
        for (; !failed && i < n && all[i] >> 40 == rule; i++) {
            size_t end = (size_t)(all[i] & (((uint64_t)1 << 40) - 1)), begin = end > row->lead ? end - row->lead : 0;
            if (!row->near || row->near > row->lead || end < row->near) continue;
            end -= row->near - 1;
            if (begin <= high && high) {
                high = end;
                continue;
            }
            if (high) failed = narrow(text.buf, size, row, members, low, high, &known, &spans);
            low = begin, high = end;
        }
        if (high && !failed) failed = narrow(text.buf, size, row, members, low, high, &known, &spans);
        if (failed) {
            PyErr_NoMemory();
            Py_CLEAR(result);
        } else if (spans.n) {
            PyObject *key = PyLong_FromSize_t(rule), *list = as_list(&spans);
            if (!key || !list || PyDict_SetItem(result, key, list)) Py_CLEAR(result);
            Py_XDECREF(key), Py_XDECREF(list);
        }
    }
    free(all), free(spans.items);
    PyBuffer_Release(&text), PyBuffer_Release(&table), PyBuffer_Release(&classes);
    return result;
}

/* Of the spans those starts that what is new in some window can decide on. */
static int clip(PyObject *list, const Window *windows, size_t n, size_t size, size_t need, size_t context, size_t look,
                Spans *out) {
    Py_ssize_t all = PyList_Size(list);
    size_t first = 0;
    out->n = 0;
    for (Py_ssize_t i = 0; i < all; i++) {
        PyObject *pair = PyList_GetItem(list, i), *one = pair ? PyTuple_GetItem(pair, 0) : NULL;
        PyObject *other = one ? PyTuple_GetItem(pair, 1) : NULL;
        size_t low = other ? PyLong_AsSize_t(one) : 0, high = other ? PyLong_AsSize_t(other) : 0;
        if (!other || PyErr_Occurred()) return -1;
        while (first < n && windows[first].high < size && windows[first].high + look <= low + context) first++;
        for (size_t k = first; k < n; k++) {
            size_t from = windows[k].low && windows[k].low + context >= need ? windows[k].low + context - need + 1 : 0;
            size_t behind = windows[k].high + look > context ? windows[k].high + look - context : 0;
            if (windows[k].high == size) behind = high;
            if (from >= high) break;
            if (from < low) from = low;
            if (behind > high) behind = high;
            if (from < behind && add(out, from, behind)) {
                PyErr_NoMemory();
                return -1;
            }
        }
    }
    return 0;
}

static PyObject *places_fresh(PyObject *self, PyObject *args) {
    PyObject *spans, *pairs, *result = NULL, *key, *list;
    Py_buffer needs;
    Py_ssize_t size, context, look, at = 0;
    Spans some = {NULL, 0, 0};
    size_t n = 0;
    (void)self;
    if (!PyArg_ParseTuple(args, "O!O!y*nnn", &PyDict_Type, &spans, &PyTuple_Type, &pairs, &needs, &size, &context, &look))
        return NULL;
    Window *windows = NULL;
    if (size < 0 || context < 0 || look < 0)
        PyErr_SetString(PyExc_ValueError, "malformed");
    else
        windows = windows_of(pairs, (size_t)size, &n);
    if (windows) result = PyDict_New();
    while (result && PyDict_Next(spans, &at, &key, &list)) {
        size_t rule = PyLong_AsSize_t(key);
        if (PyErr_Occurred() || (rule + 1) * sizeof(uint32_t) > (size_t)needs.len || !PyList_Check(list)) {
            if (!PyErr_Occurred()) PyErr_SetString(PyExc_ValueError, "malformed");
            Py_CLEAR(result);
            break;
        }
        size_t need = ((const uint32_t *)needs.buf)[rule];
        if (!need) {
            if (PyDict_SetItem(result, key, list)) Py_CLEAR(result);
            continue;
        }
        if (clip(list, windows, n, (size_t)size, need, (size_t)context, (size_t)look, &some)) {
            Py_CLEAR(result);
        } else if (some.n) {
            PyObject *left = as_list(&some);
            if (!left || PyDict_SetItem(result, key, left)) Py_CLEAR(result);
            Py_XDECREF(left);
        }
    }
    free(windows), free(some.items);
    PyBuffer_Release(&needs);
    return result;
}

static PyObject *places_parted(PyObject *self, PyObject *args) {
    PyObject *hits, *marks = PyList_New(0), *held = PySet_New(NULL), *result = NULL;
    Py_buffer far;
    (void)self;
    if (!marks || !held || !PyArg_ParseTuple(args, "O!y*", &PyList_Type, &hits, &far)) goto done;
    Py_ssize_t n = PyList_Size(hits);
    int failed = 0;
    for (Py_ssize_t i = 0; i < n && !failed; i++) {
        PyObject *hit = PyList_GetItem(hits, i), *rule = hit ? PyTuple_GetItem(hit, 0) : NULL;
        size_t number = rule ? PyLong_AsSize_t(rule) : 0;
        if (!rule || (number == (size_t)-1 && PyErr_Occurred()))
            failed = 1;
        else if (number >= (size_t)far.len)
            failed = PyList_Append(marks, hit);
        else if (((const uint8_t *)far.buf)[number])
            failed = PySet_Add(held, hit);
    }
    if (!failed) result = PyTuple_Pack(2, marks, held);
    PyBuffer_Release(&far);
done:
    Py_XDECREF(marks), Py_XDECREF(held);
    return result;
}

/* What Hyperscan calls for every hit: (rule, start, end, …). `self` is the list of hits. */
static PyObject *take(PyObject *self, PyObject *const *args, Py_ssize_t n) {
    if (n < 3) {
        PyErr_SetString(PyExc_TypeError, "a rule, a start and an end are wanted");
        return NULL;
    }
    PyObject *hit = PyTuple_Pack(2, args[0], args[2]);
    int failed = !hit || PyList_Append(self, hit);
    Py_XDECREF(hit);
    if (failed) return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef take_method = {"take", (PyCFunction)(void (*)(void))take, METH_FASTCALL, NULL};

static PyObject *places_taker(PyObject *self, PyObject *hits) {
    (void)self;
    if (!PyList_Check(hits)) {
        PyErr_SetString(PyExc_TypeError, "a list is wanted");
        return NULL;
    }
    return PyCFunction_New(&take_method, hits);
}

static PyMethodDef methods[] = {
    {"starts", places_starts, METH_VARARGS, NULL}, {"fresh", places_fresh, METH_VARARGS, NULL},
    {"parted", places_parted, METH_VARARGS, NULL}, {"taker", places_taker, METH_O, NULL}, {NULL, NULL, 0, NULL}};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "leakscan.detect._places", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__places(void) { return PyModule_Create(&module); }
