/* leakscan.detect.decode._marks: where base64 and hexadecimal digits may stand encoded. Optional: `marks.encoded_twin` does the
   same by the patterns of `marks.MARKS`, in Python; the two are tested against each other.

   What all these marks share is a long run of letters, digits and a few signs. Text and code have few: most bytes are never
   looked at, since a byte that is no part of a run rules out every run across it.
   Texts are hostile: the time is linear in the text. Limited API (abi3) of Python 3.11. */

#define PY_SSIZE_T_CLEAN
#ifndef Py_LIMITED_API
#define Py_LIMITED_API 0x030B0000
#endif
#include <Python.h>

#include <stdint.h>
#include <string.h>

enum { RUN = 24, DIGITS = 40 };
enum { PLAIN, BLOCK, NAMED, JSON, KNOWN, HEX, MARKS }; /* the order of `marks.MARKS` */
enum { ANY = 1, ONE = 2, TWO = 4, THREE = 8, HEXADECIMAL = 16, PRINTED = 32 };

static uint8_t kinds[256]; /* of each byte, what it may be; made once, when the module is */

static void mark(const char *bytes, int kind) {
    for (; *bytes; bytes++) kinds[(uint8_t)*bytes] |= (uint8_t)kind;
}

static void setup(void) {
    mark("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+/_-", ANY);
    /* Base64 of three bytes of ASCII text: see `marks`. */
    mark("CDIJKLMNOPQRSTUVWXYZabcdef", ONE);
    mark("0123ACDEFGHQSTUVWXgijklmnwyz", TWO);
    mark("014589ABEFIJMNQRUVYZcdghklopstwx", THREE);
    mark("0123456789ABCDEFabcdef", HEXADECIMAL);
    mark("234567", PRINTED);
}

static int is(uint8_t byte, int kind) { return kinds[byte] & kind; }

static int groups(const uint8_t *p) {
    for (int i = 0; i < RUN; i += 4)
        if (!is(p[i], ONE) || !is(p[i + 1], TWO) || !is(p[i + 2], THREE)) return 0;
    return 1;
}

static int behind(const uint8_t *text, size_t at, const char *word) {
    size_t n = strlen(word);
    return at >= n && !memcmp(text + at - n, word, n);
}

/* Whether the indented text of a YAML block begins at `at`. */
static int in_block(const uint8_t *text, size_t at) {
    size_t p = at;
    while (p && at - p < 16 && text[p - 1] == ' ') p--;
    if (p == at || !p || text[p - 1] != '\n') return 0;
    p--;
    if (p && text[p - 1] == '\r') p--;
    if (p && text[p - 1] == '-') p--;
    return p >= 3 && (text[p - 1] == '|' || text[p - 1] == '>') && text[p - 2] == ' ' && text[p - 3] == ':';
}

static int one_of(const uint8_t *p, const char *const *words) {
    for (; *words; words++)
        if (!memcmp(p, *words, strlen(*words))) return 1;
    return 0;
}

/* Twenty digits in pairs that print as text, twelve of which may be of line breaks. */
static int digits(const uint8_t *p) {
    for (int i = 0; i < DIGITS; i += 2) {
        uint8_t one = p[i], two = p[i + 1];
        if (is(one, PRINTED) && is(two, HEXADECIMAL)) continue;
        if (i < 16 || one != '0' || !memchr("9aAdD", two, 5)) return 0;
    }
    return 1;
}

typedef struct {
    PyObject *hits;
    size_t first;
} Out;

static int report(const Out *out, int mark, size_t end) {
    PyObject *hit = Py_BuildValue("(nn)", (Py_ssize_t)(out->first + (size_t)mark), (Py_ssize_t)end);
    int failed = !hit || PyList_Append(out->hits, hit);
    Py_XDECREF(hit);
    return failed ? -1 : 0;
}

/* The marks of a run from `at` to `end`, at least `RUN` bytes long, before and behind which there is none of it. */
static int look(const uint8_t *text, size_t at, size_t end, const Out *out) {
    static const char *const json[] = {"eyJ", "JAB", "SQB", NULL};
    static const char *const known[] = {"H4sI", "SDRz", "QUtJ", "Z2hw", "Z2l0", "c2tf", "eG94", "QUl6", "aHR0", "dG9r",
                                        "cGFz", "cG9z", "bW9u", "dXNl", "c2Vj", "VE9L", "QVdT", "UEFT", NULL};
    const uint8_t *p = text + at;
    uint8_t before = at ? text[at - 1] : 0;
    int named = behind(text, at, "base64,") || behind(text, at, "Basic ") || behind(text, at, "basic ") || behind(text, at, "echo ");
    if ((before == '=' || before == '"' || before == '\'' || behind(text, at, ": ")) && groups(p) && report(out, PLAIN, at + RUN))
        return -1;
    if (before == ' ' && in_block(text, at) && groups(p) && report(out, BLOCK, at + RUN)) return -1;
    if (named && report(out, NAMED, at + RUN)) return -1;
    if (one_of(p, json) && report(out, JSON, at + RUN)) return -1;
    if (one_of(p, known) && report(out, KNOWN, at + RUN)) return -1;
    for (size_t i = at; i + RUN <= end; i++) {
        const uint8_t *found = memchr(text + i, 'L', end - RUN + 1 - i);
        if (!found) break;
        i = (size_t)(found - text);
        if (!memcmp(found, "LS0tLS1CRUdJ", 12) && !(named && i == at) && report(out, NAMED, i + RUN)) return -1;
    }
    for (size_t i = at; i + DIGITS <= end;) {
        if (digits(text + i) && report(out, HEX, i + DIGITS)) return -1;
        while (i < end && is(text[i], HEXADECIMAL)) i++; /* digits begin behind what is none */
        while (i < end && !is(text[i], HEXADECIMAL)) i++;
    }
    return 0;
}

static PyObject *marks_encoded(PyObject *self, PyObject *args) {
    Py_buffer buffer;
    Out out;
    Py_ssize_t first;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*nO!", &buffer, &first, &PyList_Type, &out.hits)) return NULL;
    const uint8_t *text = buffer.buf;
    size_t size = (size_t)buffer.len, at = 0;
    int failed = 0;
    out.first = (size_t)first;
    while (!failed && size >= RUN && at <= size - RUN) {
        size_t end = at + RUN;
        while (end > at && is(text[end - 1], ANY)) end--;
        if (end > at) {
            at = end;
            continue;
        }
        end = at + RUN;
        while (end < size && is(text[end], ANY)) end++;
        failed = look(text, at, end, &out);
        at = end + 1;
    }
    PyBuffer_Release(&buffer);
    if (failed) return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {{"encoded", marks_encoded, METH_VARARGS, NULL}, {NULL, NULL, 0, NULL}};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "leakscan.detect.decode._marks", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__marks(void) {
    setup();
    return PyModule_Create(&module);
}
