/* What was hit in blocks, remembered and told again, as `block_hits_twin.py` has it. To be included in `_blocks.c`. */

typedef struct {
    uint32_t end, rule;
} Hit;

static int in_order(const void *one, const void *other) {
    const Hit *a = one, *b = other;
    if (a->end != b->end) return a->end < b->end ? -1 : 1;
    return a->rule < b->rule ? -1 : a->rule > b->rule;
}

static uint32_t number_in(const char *packed, size_t i) {
    uint32_t number;
    memcpy(&number, packed + 4 * i, 4);
    return number;
}

static int malformed(void) {
    PyErr_SetString(PyExc_ValueError, "malformed");
    return -1;
}

static int no_memory(void) {
    PyErr_NoMemory();
    return -1;
}

/* The hits in `list`, sorted, for the caller to free. NULL with an exception. */
static Hit *hits_of(PyObject *list, size_t *n) {
    *n = (size_t)PyList_Size(list);
    Hit *out = malloc((*n + 1) * sizeof(Hit));
    if (!out) return (Hit *)PyErr_NoMemory();
    size_t i = 0;
    for (; i < *n; i++) {
        PyObject *pair = PyList_GetItem(list, (Py_ssize_t)i);
        if (!pair || !PyTuple_Check(pair) || PyTuple_Size(pair) != 2) break;
        size_t rule = PyLong_AsSize_t(PyTuple_GetItem(pair, 0));
        size_t end = PyErr_Occurred() ? 0 : PyLong_AsSize_t(PyTuple_GetItem(pair, 1));
        if (PyErr_Occurred() || rule > UINT32_MAX || end > UINT32_MAX) break;
        out[i].rule = (uint32_t)rule, out[i].end = (uint32_t)end;
    }
    if (i == *n) {
        qsort(out, *n, sizeof(Hit), in_order);
        return out;
    }
    free(out);
    if (!PyErr_Occurred()) malformed();
    return NULL;
}

static int tell(PyObject *found, uint32_t rule, size_t end) {
    PyObject *pair = PyTuple_New(2), *one = PyLong_FromUnsignedLong(rule), *other = PyLong_FromSize_t(end);
    int failed = !pair || !one || !other;
    if (!failed) {
        PyTuple_SetItem(pair, 0, one), PyTuple_SetItem(pair, 1, other);
        failed = PyList_Append(found, pair);
    } else {
        Py_XDECREF(one), Py_XDECREF(other);
    }
    Py_XDECREF(pair);
    return failed ? -1 : 0;
}

/* Add the hits of the block that begins at `at` of the text. */
static int told(PyObject *store, size_t at, size_t value, PyObject *found) {
    const char *packed = PyByteArray_AsString(store);
    size_t size = (size_t)PyByteArray_Size(store) / 4, count = value && value < size ? number_in(packed, value) : SIZE_MAX;
    if (count > size || 2 * count > size - value - 1) return malformed();
    for (size_t i = 0; i < count; i++)
        if (tell(found, number_in(packed, value + 1 + 2 * i), at + number_in(packed, value + 2 + 2 * i))) return -1;
    return 0;
}

typedef struct {
    const char *runs, *blocks;
    size_t n_runs, n_blocks;
} Fresh;

/* Add the hits in the joined runs as hits in the text; they go to `entries`, as they will stand in a store that has `base`
   numbers, and where to `values`: slots and values. */
static int placed(const Hit *hits, size_t n, const Fresh *fresh, size_t reach, size_t slots, size_t base, PyObject *found,
                  Numbers *entries, Numbers *values) {
    size_t done = 0, first = 0;
    uint64_t at = 0;
    for (size_t i = 0; i < fresh->n_runs; i++) {
        uint32_t origin = number_in(fresh->runs, 4 * i), low = number_in(fresh->runs, 4 * i + 1);
        uint32_t high = number_in(fresh->runs, 4 * i + 2), start = low, open = NOWHERE;
        size_t number = done, counted = 0;
        done += number_in(fresh->runs, 4 * i + 3);
        if (done > fresh->n_blocks) return malformed();
        if (at && !origin) at += reach;
        int64_t shift = (int64_t)origin - (int64_t)at;
        at += (uint64_t)high - origin + 1;
        for (; first < n && hits[first].end < at; first++) {
            int64_t end = (int64_t)hits[first].end + shift;
            if (end <= low || end > high) continue;
            for (; number < done && number_in(fresh->blocks, 2 * number) < end; number++)
                start = number_in(fresh->blocks, 2 * number);
            if (number == done) return malformed();
            if (tell(found, hits[first].rule, (size_t)end)) return -1;
            uint32_t slot = number_in(fresh->blocks, 2 * number + 1), one[2] = {hits[first].rule, (uint32_t)(end - start)};
            if (slot == NOWHERE) continue;
            if (slot >= slots) return malformed();
            if (slot != open) {
                uint32_t none = 0, value[2] = {slot, (uint32_t)(base + entries->n)};
                if (base + entries->n >= PENDING) return malformed();
                counted = entries->n, open = slot;
                if (append(values, value, 2) || append(entries, &none, 1)) return no_memory();
            }
            if (append(entries, one, 2)) return no_memory();
            entries->items[counted]++;
        }
    }
    return done == fresh->n_blocks ? 0 : malformed();
}

static int remember(PyObject *store, const Numbers *entries, const Numbers *values, Table *table) {
    Py_ssize_t size = PyByteArray_Size(store);
    if (!entries->n) return 0;
    if (PyByteArray_Resize(store, size + (Py_ssize_t)(4 * entries->n))) return -1;
    memcpy(PyByteArray_AsString(store) + size, entries->items, 4 * entries->n);
    for (size_t i = 0; i < values->n; i += 2) put(table, values->items[i], values->items[i + 1]);
    return 0;
}

static PyObject *blocks_hits(PyObject *self, PyObject *args) {
    PyObject *scanned, *store, *found = NULL;
    const char *known, *again;
    Py_ssize_t runs_size, blocks_size, known_size, again_size, reach;
    Fresh fresh;
    Py_buffer slots;
    (void)self;
    if (!PyArg_ParseTuple(args, "O!(y#y#y#y#)nw*O!", &PyList_Type, &scanned, &fresh.runs, &runs_size, &fresh.blocks, &blocks_size,
                          &known, &known_size, &again, &again_size, &reach, &slots, &PyByteArray_Type, &store))
        return NULL;
    Table table = {slots.buf, (size_t)slots.len / SLOT, 0};
    Numbers entries = {0}, values = {0};
    size_t n = 0;
    int failed = runs_size % 16 || blocks_size % 8 || known_size % 8 || again_size % 8 || reach < 0 ? malformed() : 0;
    Hit *hits = failed ? NULL : hits_of(scanned, &n);
    found = hits ? PyList_New(0) : NULL;
    failed = !found;
    for (size_t i = 0; !failed && i < (size_t)known_size / 8; i++)
        failed = told(store, number_in(known, 2 * i), number_in(known, 2 * i + 1), found);
    fresh.n_runs = (size_t)runs_size / 16, fresh.n_blocks = (size_t)blocks_size / 8;
    if (!failed)
        failed = placed(hits, n, &fresh, (size_t)reach, table.size, (size_t)PyByteArray_Size(store) / 4, found, &entries, &values) ||
                 remember(store, &entries, &values, &table);
    for (size_t i = 0; !failed && i < (size_t)again_size / 8; i++) {
        uint32_t slot = number_in(again, 2 * i + 1), value = slot < table.size ? value_in(&table, slot) : NOWHERE;
        if (value) failed = told(store, number_in(again, 2 * i), value, found);
    }
    if (failed) Py_CLEAR(found);
    free(hits), free(entries.items), free(values.items);
    PyBuffer_Release(&slots);
    return found;
}
