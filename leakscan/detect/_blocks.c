/* leakscan.detect._blocks: which parts of a text have been seen before. Optional: `blocks_twin.py` does the same in Python, and
   says in its docstrings what is taken and given; the two are tested against each other.

   Texts are hostile: blocks have a least and a greatest size, and their hashes a secret. They are NH of "UMAC: Fast and Secure
   Message Authentication" (Black et al., 1999) on words of 64 bits, and polynomials of what that gives over the prime 2^61 - 1
   at a random point: two different blocks agree with a probability of less than 2^-58, whoever chose them.
   Limited API (abi3) of Python 3.11. */

#define PY_SSIZE_T_CLEAN
#ifndef Py_LIMITED_API
#define Py_LIMITED_API 0x030B0000
#endif
#include <Python.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "_cuts.h"
#include "_windows.h"

#ifdef _MSC_VER
#include <intrin.h>
#define PREFETCH(address) ((void)0)
#else
#define PREFETCH(address) __builtin_prefetch(address)
#endif

enum { HELD = 1 + LARGEST / SMALLEST, WAITING = 4 };
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

static uint64_t word_at(const uint8_t *p) { /* eight bytes, the first one lowest */
    uint64_t word;
    memcpy(&word, p, 8);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

typedef struct {
    uint64_t low, high;
} Sum; /* modulo 2^128 */

static void add_product(Sum *sum, uint64_t a, uint64_t b) {
#ifdef _MSC_VER
    uint64_t high, low = _umul128(a, b, &high);
    sum->low += low;
    sum->high += high + (sum->low < low);
#else
    unsigned __int128 all = ((unsigned __int128)sum->high << 64 | sum->low) + (unsigned __int128)a * b;
    sum->low = (uint64_t)all, sum->high = (uint64_t)(all >> 64);
#endif
}

typedef struct {
    uint64_t point;
    uint64_t words[LARGEST / 8];
} Secret;

/* NH of the block: pairs of words, each with one of the secret's added, multiplied; that and the size at the secret point. */
static uint64_t hash_of(const uint8_t *p, size_t n, const Secret *secret) {
    Sum one = {0, 0}, other = {0, 0}; /* two, so that an addition need not wait for the one before */
    const uint64_t *k = secret->words;
    size_t i = 0;
    for (; i + 32 <= n; i += 32, k += 4) {
        add_product(&one, word_at(p + i) + k[0], word_at(p + i + 8) + k[1]);
        add_product(&other, word_at(p + i + 16) + k[2], word_at(p + i + 24) + k[3]);
    }
    if (i < n) {
        uint8_t rest[32] = {0};
        memcpy(rest, p + i, n - i);
        add_product(&one, word_at(rest) + k[0], word_at(rest + 8) + k[1]);
        if (n - i > 16) add_product(&other, word_at(rest + 16) + k[2], word_at(rest + 24) + k[3]);
    }
    one.low += other.low;
    one.high += other.high + (one.low < other.low);
    uint64_t hash = one.low & (((uint64_t)1 << 60) - 1);
    hash = plus(times(hash, secret->point), one.low >> 60 | (one.high & (((uint64_t)1 << 56) - 1)) << 4);
    return plus(times(hash, secret->point), (one.high >> 56) << 16 | n);
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

enum { SLOT = 12 }; /* bytes: a key, 0 where the slot is free, and a value; they are met together */

typedef struct {
    uint8_t *slots;
    size_t size, room;
} Table;

static uint64_t key_in(const Table *table, size_t slot) {
    uint64_t key;
    memcpy(&key, table->slots + slot * SLOT, 8);
    return key;
}

static uint32_t value_in(const Table *table, size_t slot) {
    uint32_t value;
    memcpy(&value, table->slots + slot * SLOT + 8, 4);
    return value;
}

static void put(Table *table, size_t slot, uint32_t value) { memcpy(table->slots + slot * SLOT + 8, &value, 4); }

/* The slot of a key; where it is new, it is taken if there is room, and `*fresh` is set. */
static uint32_t slot_of(Table *table, uint64_t key, int *fresh) {
    size_t at = key & (table->size - 1);
    for (uint64_t held; (held = key_in(table, at)) != 0; at = (at + 1) & (table->size - 1))
        if (held == key) return (uint32_t)at;
    *fresh = 1;
    if (!table->room) return NOWHERE;
    table->room--;
    memcpy(table->slots + at * SLOT, &key, 8);
    put(table, at, PENDING);
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
    uint32_t known[2] = {(uint32_t)block->start, value_in(table, slot)};
    if (run[3] && append(&out->runs, run, 4)) return -1;
    run[3] = 0;
    if (known[1] == PENDING) {
        known[1] = slot;
        return append(&out->again, known, 2);
    }
    return known[1] ? append(&out->known, known, 2) : 0;
}

typedef struct {
    uint64_t hashes[HELD]; /* of the blocks that were passed, the newest at `newest` */
    size_t sizes[HELD], held, newest;
    size_t at, origin; /* where the next one starts, and where the first did */
} Passed;

/* What blocks end in [start, end): how far `passed` has come is where earlier windows ended. */
static int look(const uint8_t *text, size_t size, size_t start, size_t end, size_t reach, const Secret *secret, Table *table,
                Passed *passed, Findings *out) {
    Block waiting[WAITING]; /* the table is larger than the fast caches: it is asked while other blocks are hashed */
    size_t made = 0, resolved = 0, first = cut_before(text, size, start);
    first = first > reach ? cut_before(text, size, first - reach) : 0;
    if (first > passed->at || !passed->held) passed->held = 0, passed->at = passed->origin = first;
    while (passed->at < end) {
        size_t at = passed->at, stop = block_end(text, size, at), covered = 0;
        uint64_t hash = hash_of(text + at, stop - at, secret);
        if (stop > start) {
            Block *block = &waiting[made++ % WAITING];
            uint64_t key = hash;
            for (size_t i = 0; i < passed->held && covered < reach; i++) {
                size_t one = (passed->newest + HELD - i) % HELD;
                key = plus(times(key, secret->point), passed->hashes[one]);
                covered += passed->sizes[one];
            }
            if (!key) key = 1;
            block->start = at, block->stop = stop, block->key = covered >= reach || !passed->origin ? key : 0;
            PREFETCH(table->slots + (key & (table->size - 1)) * SLOT);
            if (made - resolved == WAITING && resolve(&waiting[resolved++ % WAITING], reach, table, out)) return -1;
        }
        passed->newest = (passed->newest + 1) % HELD;
        passed->hashes[passed->newest] = hash, passed->sizes[passed->newest] = stop - at;
        if (passed->held < HELD) passed->held++;
        passed->at = stop;
    }
    while (resolved < made)
        if (resolve(&waiting[resolved++ % WAITING], reach, table, out)) return -1;
    int failed = out->run[3] && append(&out->runs, out->run, 4);
    out->run[3] = 0;
    return failed ? -1 : 0;
}

/* Line breaks before a run, so that nothing is of it and of the one before: most begin `reach` bytes before what counts. */
static size_t gap(const Numbers *runs, size_t i, size_t reach) { return i && !runs->items[i] ? reach : 0; }

/* What has to be scanned, with a line break behind each run. */
static PyObject *joined(const uint8_t *text, const Numbers *runs, size_t reach) {
    size_t size = 0;
    for (size_t i = 0; i < runs->n; i += 4) size += gap(runs, i, reach) + runs->items[i + 2] - runs->items[i] + 1;
    PyObject *result = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)size);
    uint8_t *out = result ? (uint8_t *)PyBytes_AsString(result) : NULL;
    for (size_t i = 0; out && i < runs->n; i += 4) {
        size_t before = gap(runs, i, reach), n = runs->items[i + 2] - runs->items[i];
        memset(out, '\n', before);
        memcpy(out + before, text + runs->items[i], n);
        out += before + n;
        *out++ = '\n';
    }
    return result;
}

static PyObject *answer(const uint8_t *text, size_t reach, const Findings *out, size_t room) {
    PyObject *fresh = joined(text, &out->runs, reach), *runs = as_bytes(&out->runs), *blocks = as_bytes(&out->blocks);
    PyObject *known = as_bytes(&out->known), *again = as_bytes(&out->again), *result = NULL;
    if (fresh && runs && blocks && known && again)
        result = Py_BuildValue("(OOOOOn)", fresh, runs, blocks, known, again, (Py_ssize_t)room);
    Py_XDECREF(fresh), Py_XDECREF(runs), Py_XDECREF(blocks), Py_XDECREF(known), Py_XDECREF(again);
    return result;
}

static PyObject *blocks_look(PyObject *self, PyObject *args) {
    Py_buffer text, slots;
    Py_ssize_t reach, room, key_size;
    const char *key;
    PyObject *pairs, *result = NULL;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*O!ny#w*n", &text, &PyTuple_Type, &pairs, &reach, &key, &key_size, &slots, &room)) return NULL;
    Table table = {slots.buf, (size_t)slots.len / SLOT, (size_t)room};
    Findings out = {{0}, {0}, {0}, {0}, {0}};
    size_t size = (size_t)text.len, n = 0;
    int failed = 0, sound = table.size && !(table.size & (table.size - 1)) && room >= 0 && (size_t)room < table.size &&
                            reach >= 0 && reach <= LARGEST && key_size == sizeof(Secret) && size < NOWHERE;
    if (!sound) PyErr_SetString(PyExc_ValueError, "malformed");
    Window *windows = sound ? windows_of(pairs, size, &n) : NULL;
    if (windows) {
        Secret secret;
        memcpy(&secret, key, sizeof secret);
        secret.point %= PRIME;
        Passed passed;
        passed.held = passed.newest = passed.at = passed.origin = 0;
        for (size_t i = 0; !failed && i < n; i++)
            failed = look(text.buf, size, windows[i].low, windows[i].high, (size_t)reach, &secret, &table, &passed, &out);
        for (size_t i = 1; i < out.blocks.n; i += 2)
            if (out.blocks.items[i] != NOWHERE) put(&table, out.blocks.items[i], 0);
    }
    if (failed)
        PyErr_NoMemory();
    else if (windows)
        result = answer(text.buf, (size_t)reach, &out, table.room);
    free(windows), free(out.runs.items), free(out.blocks.items), free(out.known.items), free(out.again.items);
    PyBuffer_Release(&text), PyBuffer_Release(&slots);
    return result;
}

#include "_block_hits.h"

static PyMethodDef methods[] = {
    {"look", blocks_look, METH_VARARGS, NULL}, {"hits", blocks_hits, METH_VARARGS, NULL}, {NULL, NULL, 0, NULL}};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "leakscan.detect._blocks", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__blocks(void) { return PyModule_Create(&module); }
