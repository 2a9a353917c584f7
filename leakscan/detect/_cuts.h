/* Where a text is cut into blocks, as `cuts_twin.py` says: behind lines that its own content chooses. */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__SSE2__) && !defined(_MSC_VER)
#include <emmintrin.h>
#endif

enum { SMALLEST = 32, LARGEST = 4096 }; /* bytes of a block */

/* Whether a block may end behind the line break at `at`: one line in eight, by what the next one begins with. */
static int is_cut(const uint8_t *text, size_t size, size_t at) {
    uint32_t word;
#if !defined(__BYTE_ORDER__) || __BYTE_ORDER__ != __ORDER_BIG_ENDIAN__
    if (size - at > 4)
        memcpy(&word, text + at + 1, 4);
    else
#endif
        for (size_t i = word = 0; i < 4 && at + 1 + i < size; i++) word |= (uint32_t)text[at + 1 + i] << (8 * i);
    return ((word * UINT32_C(2654435761)) >> 20 & 7) == 0;
}

#if defined(__SSE2__) && !defined(_MSC_VER)
enum { WIDE = 64 };

static uint64_t line_breaks(const uint8_t *p) { /* a bit for each of WIDE bytes */
    const __m128i sought = _mm_set1_epi8('\n');
    uint64_t found = 0;
    for (int i = 0; i < 4; i++) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(p + 16 * i));
        found |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, sought)) << (16 * i);
    }
    return found;
}
#endif

/* Where the block that starts at `start` ends. */
static size_t block_end(const uint8_t *text, size_t size, size_t start) {
    size_t most = size - start > LARGEST ? start + LARGEST : size, at = start + SMALLEST - 1;
#if defined(__SSE2__) && !defined(_MSC_VER)
    for (; at + WIDE <= most; at += WIDE)
        for (uint64_t breaks = line_breaks(text + at); breaks; breaks &= breaks - 1) {
            size_t found = at + (size_t)__builtin_ctzll(breaks);
            if (is_cut(text, size, found)) return found + 1;
        }
#endif
    for (; at < most; at++) {
        const uint8_t *found = memchr(text + at, '\n', most - at);
        if (!found) break;
        at = (size_t)(found - text);
        if (is_cut(text, size, at)) return at + 1;
    }
    return most;
}

/* The last place at or before `at` where a block may end, not more than LARGEST bytes away; `at` itself where there is none. */
static size_t cut_before(const uint8_t *text, size_t size, size_t at) {
    size_t least = at > LARGEST ? at - LARGEST : 0, p = at;
#if defined(__SSE2__) && !defined(_MSC_VER)
    for (; p >= least + WIDE; p -= WIDE)
        for (uint64_t breaks = line_breaks(text + p - WIDE); breaks;) {
            int highest = 63 - __builtin_clzll(breaks);
            size_t found = p - WIDE + (size_t)highest;
            if (is_cut(text, size, found)) return found + 1;
            breaks ^= (uint64_t)1 << highest;
        }
#endif
    for (; p > least; p--)
        if (text[p - 1] == '\n' && is_cut(text, size, p - 1)) return p;
    return least ? at : 0;
}
