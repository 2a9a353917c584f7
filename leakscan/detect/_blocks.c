/* leakscan.detect._blocks: which parts of a text have been seen before. Optional: `blocks_twin.py` does the same in Python, and
   says in its docstrings what is taken and given; the two are tested against each other.

   Texts are hostile: blocks have a least and a greatest size, and their hashes a secret (polynomials over the prime 2^61 - 1 at
   a random point: two different blocks of n bytes agree with a probability of less than n / 2^61, whoever chose them).
   Limited API (abi3) of Python 3.11. */

#define PY_SSIZE_T_CLEAN
#ifndef Py_LIMITED_API
#define Py_LIMITED_API 0x030B0000
#endif
#include <Python.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef _MSC_VER
#include <intrin.h>
#define PREFETCH(address) ((void)0)
#else
#define PREFETCH(address) __builtin_prefetch(address)
#endif

enum { SMALLEST = 32, LARGEST = 4096, HELD = 1 + LARGEST / SMALLEST, WAITING = 4 };
static const uint64_t PRIME = ((uint64_t)1 << 61) - 1;
static const uint32_t NOWHERE = UINT32_MAX, PENDING = UINT32_MAX; /* a slot; the value of a block that is new in this call */

static uint64_t times(uint64_t a, uint64_t b) { /* a * b modulo PRIME, for a and b below 2^62 */
#ifdef _MSC_VER
    uint64_t high, low = _umul128(a, b, &high);
#else
    unsigned __int128 product = (unsigned __int128)a * b;
    uint64_t high = (uint64_t)(product >> 64), low = (uint64_t)product;
#endif
    uint64_t sum = (low & PRIME) + (high << 3 | low >> 61);
    return sum >= PRIME ? sum - PRIME : sum;
}

static uint64_t plus(uint64_t a, uint64_t b) {
    uint64_t sum = a + b;
    return sum >= PRIME ? sum - PRIME : sum;
}

static uint64_t seven(const uint8_t *p, size_t n) { /* at most seven bytes, the first one lowest */
    uint64_t word = 0;
    for (size_t i = 0; i < n; i++) word |= (uint64_t)p[i] << (8 * i);
    return word;
}

static uint64_t hash_of(const uint8_t *p, size_t n, uint64_t point, uint64_t square) {
    uint64_t even = 0, odd = 0;
    size_t i = 0;
    for (; i + 15 <= n; i += 14) { /* two chains, so that one multiplication need not wait for the other */
        uint64_t one, two;
        memcpy(&one, p + i, 8), memcpy(&two, p + i + 7, 8);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
        one = seven(p + i, 7), two = seven(p + i + 7, 7);
#endif
        even = plus(times(even, square), one & (((uint64_t)1 << 56) - 1));
        odd = plus(times(odd, square), two & (((uint64_t)1 << 56) - 1));
    }
    uint64_t hash = plus(times(even, point), odd);
    for (; i < n; i += 7) hash = plus(times(hash, point), seven(p + i, n - i < 7 ? n - i : 7));
    return plus(times(hash, point), n);
}

/* Whether a block may end behind the line break at `at`: one line in eight, by what the next one begins with. */
static int is_cut(const uint8_t *text, size_t size, size_t at) {
    uint32_t word;
#if !defined(__BYTE_ORDER__) || __BYTE_ORDER__ != __ORDER_BIG_ENDIAN__
    if (size - at > 4)
        memcpy(&word, text + at + 1, 4);
    else
#endif
        word = (uint32_t)seven(text + at + 1, size - at - 1 < 4 ? size - at - 1 : 4);
    return ((word * UINT32_C(2654435761)) >> 20 & 7) == 0;
}

/* Where the block that starts at `start` ends. */
static size_t block_end(const uint8_t *text, size_t size, size_t start) {
    size_t most = size - start > LARGEST ? start + LARGEST : size;
    for (size_t at = start + SMALLEST - 1; at < most; at++) {
        const uint8_t *found = memchr(text + at, '\n', most - at);
        if (!found) break;
        at = (size_t)(found - text);
        if (is_cut(text, size, at)) return at + 1;
    }
    return most;
}

/* The last place at or before `at` where a block may end, not more than LARGEST bytes away; `at` itself where there is none. */
static size_t cut_before(const uint8_t *text, size_t size, size_t at) {
    size_t least = at > LARGEST ? at - LARGEST : 0;
    for (size_t p = at; p > least; p--)
        if (text[p - 1] == '\n' && is_cut(text, size, p - 1)) return p;
    return least ? at : 0;
}

typedef struct {
    uint32_t *items;
    size_t n, room;
} Numbers;

static int append(Numbers *list, const uint32_t *items, size_t n) {
    if (list->n + n > list->room) {
        size_t room = list->room ? list->room * 2 : 64;
        uint32_t *larger = realloc(list->items, room * sizeof(uint32_t));
        if (!larger) return -1;
        list->items = larger, list->room = room;
    }
    memcpy(list->items + list->n, items, n * sizeof(uint32_t));
    list->n += n;
    return 0;
}

static PyObject *as_bytes(const Numbers *list) {
    return PyBytes_FromStringAndSize(list->items ? (const char *)list->items : "", (Py_ssize_t)(list->n * sizeof(uint32_t)));
}

typedef struct {
    uint64_t *keys;
    uint32_t *values;
    size_t size, room;
} Table;

/* The slot of a key; where it is new, it is taken if there is room, and `*fresh` is set. */
static uint32_t slot_of(Table *table, uint64_t key, int *fresh) {
    size_t at = key & (table->size - 1);
    for (; table->keys[at]; at = (at + 1) & (table->size - 1))
        if (table->keys[at] == key) return (uint32_t)at;
    *fresh = 1;
    if (!table->room) return NOWHERE;
    table->room--;
    table->keys[at] = key;
    table->values[at] = PENDING;
    return (uint32_t)at;
}

typedef struct {
    Numbers runs, blocks, known, again;
    uint32_t run[4]; /* the run that is growing: from where to scan, start, end, blocks */
} Findings;

typedef struct {
    size_t start, stop;
    uint64_t key; /* 0: what stands before the block is not known well enough */
} Block;

/* Ask the table about a block. */
static int resolve(const Block *block, size_t reach, Table *table, Findings *out) {
    int fresh = !block->key;
    uint32_t slot = fresh ? NOWHERE : slot_of(table, block->key, &fresh), *run = out->run;
    if (fresh) {
        uint32_t one[2] = {(uint32_t)block->stop, slot};
        if (!run[3]) run[0] = (uint32_t)(block->start > reach ? block->start - reach : 0), run[1] = (uint32_t)block->start;
        run[2] = (uint32_t)block->stop, run[3]++;
        return append(&out->blocks, one, 2);
    }
    uint32_t known[2] = {(uint32_t)block->start, table->values[slot]};
    if (run[3] && append(&out->runs, run, 4)) return -1;
    run[3] = 0;
    if (known[1] == PENDING) {
        known[1] = slot;
        return append(&out->again, known, 2);
    }
    return known[1] ? append(&out->known, known, 2) : 0;
}

static int look(const uint8_t *text, size_t size, size_t start, size_t end, size_t reach, uint64_t point, Table *table,
                Findings *out) {
    uint64_t square = times(point, point), hashes[HELD];
    size_t sizes[HELD], held = 0, newest = 0;
    size_t first = cut_before(text, size, start);
    size_t at = first > reach ? cut_before(text, size, first - reach) : 0, origin = at;
    Block waiting[WAITING]; /* the table is larger than the fast caches: it is asked while other blocks are hashed */
    size_t made = 0, resolved = 0;
    while (at < end) {
        size_t stop = block_end(text, size, at), covered = 0;
        uint64_t hash = hash_of(text + at, stop - at, point, square);
        if (stop > start) {
            Block *block = &waiting[made++ % WAITING];
            uint64_t key = hash;
            for (size_t i = 0; i < held && covered < reach; i++) {
                size_t one = (newest + HELD - i) % HELD;
                key = plus(times(key, point), hashes[one]);
                covered += sizes[one];
            }
            if (!key) key = 1;
            block->start = at, block->stop = stop, block->key = covered >= reach || !origin ? key : 0;
            PREFETCH(&table->keys[key & (table->size - 1)]);
            if (made - resolved == WAITING && resolve(&waiting[resolved++ % WAITING], reach, table, out)) return -1;
        }
        newest = (newest + 1) % HELD;
        hashes[newest] = hash, sizes[newest] = stop - at;
        if (held < HELD) held++;
        at = stop;
    }
    while (resolved < made)
        if (resolve(&waiting[resolved++ % WAITING], reach, table, out)) return -1;
    for (size_t i = 1; i < out->blocks.n; i += 2)
        if (out->blocks.items[i] != NOWHERE) table->values[out->blocks.items[i]] = 0;
    return out->run[3] ? append(&out->runs, out->run, 4) : 0;
}

static PyObject *blocks_look(PyObject *self, PyObject *args) {
    Py_buffer text, keys, values;
    Py_ssize_t start, end, reach, room;
    unsigned long long point;
    PyObject *result = NULL;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*nnnKw*w*n", &text, &start, &end, &reach, &point, &keys, &values, &room)) return NULL;
    Table table = {keys.buf, values.buf, (size_t)keys.len / 8, (size_t)room};
    Findings out = {{0}, {0}, {0}, {0}, {0}};
    int sound = table.size && !(table.size & (table.size - 1)) && (size_t)values.len / 4 >= table.size && room >= 0 &&
                (size_t)room < table.size && start >= 0 && start <= end && end <= text.len && reach >= 0 && reach <= LARGEST &&
                point < PRIME && (uint64_t)text.len < NOWHERE;
    if (!sound) {
        PyErr_SetString(PyExc_ValueError, "malformed");
    } else if (look(text.buf, (size_t)text.len, (size_t)start, (size_t)end, (size_t)reach, point, &table, &out)) {
        PyErr_NoMemory();
    } else {
        PyObject *runs = as_bytes(&out.runs), *blocks = as_bytes(&out.blocks), *known = as_bytes(&out.known), *again = as_bytes(&out.again);
        if (runs && blocks && known && again)
            result = Py_BuildValue("(OOOOn)", runs, blocks, known, again, (Py_ssize_t)table.room);
        Py_XDECREF(runs), Py_XDECREF(blocks), Py_XDECREF(known), Py_XDECREF(again);
    }
    free(out.runs.items), free(out.blocks.items), free(out.known.items), free(out.again.items);
    PyBuffer_Release(&text), PyBuffer_Release(&keys), PyBuffer_Release(&values);
    return result;
}

static PyMethodDef methods[] = {{"look", blocks_look, METH_VARARGS, NULL}, {NULL, NULL, 0, NULL}};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "leakscan.detect._blocks", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__blocks(void) { return PyModule_Create(&module); }
