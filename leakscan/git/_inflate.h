/* Inflate (RFC 1950, RFC 1951) for the entries of a pack.

   Packs hold hundreds of thousands of streams of a few hundred bytes, so what counts is the cost of a stream: the decoding
   tables are as small as its codes allow. The output has exactly the size that the entry's header states: a stream that
   holds more or less is refused, so a hostile one cannot claim memory. Every read and write is bounded. */

#ifndef LEAKSCAN_INFLATE_H
#define LEAKSCAN_INFLATE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__SSE2__) || defined(_M_X64)
#include <emmintrin.h>
#define LEAKSCAN_SSE2 1
#endif
#if (defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__) || defined(_M_X64) || defined(_M_ARM64)
#define LEAKSCAN_LITTLE_ENDIAN 1
#endif

/* An entry of a decoding table: bits 0-7 how many bits to consume (the code and its extra bits), 8-11 the code's length, 12-15
   kind, 16-31 value. 0 is an invalid code. */
enum { LITERAL = 1 << 12, MATCH = 1 << 13, END = 1 << 14, SUBTABLE = 1 << 15 };
enum { LITERAL_BITS = 10, DISTANCE_BITS = 8, CODE_BITS = 7, MAX_BITS = 15 };
/* A complete code has at least two symbols behind each subtable, so there are at most 144 and 16 of them. */
enum { LITERAL_SIZE = (1 << 10) + 144 * 32, DISTANCE_SIZE = (1 << 8) + 16 * 128 };

typedef struct {
    uint32_t *table;
    unsigned bits;     /* how many bits index the first level */
    unsigned sub_bits; /* how many index a subtable */
} Codes;

typedef struct {
    const uint8_t *in, *in_end;
    uint64_t hold; /* the next bits, the lowest first */
    unsigned held; /* how many of them count */
    uint8_t *start, *out, *out_end;
} Stream;

static const uint16_t LENGTH_BASE[29] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                         31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
static const uint8_t LENGTH_EXTRA[29] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
static const uint16_t DISTANCE_BASE[30] = {1,   2,   3,   4,   5,   7,    9,    13,   17,   25,   33,   49,   65,    97,    129,
                                           193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};

/* Entries without the length of the code: extra bits, kind, value. Filled once, by `inflate_setup`, like the tables of the
   fixed codes (RFC 1951, 3.2.6); read only from then on. */
static uint32_t literal_entries[288], distance_entries[32], code_entries[19];
static uint32_t fixed_literal_table[1 << 9], fixed_distance_table[1 << 5];
static Codes fixed_literals = {fixed_literal_table, 0, 0}, fixed_distances = {fixed_distance_table, 0, 0};

/* Decoding tables for canonical codes of the given lengths; -1 where they are no prefix code (RFC 1951, 3.2.2). */
static int build(Codes *codes, unsigned max_bits, const uint8_t *lengths, unsigned n, const uint32_t *entries) {
    uint16_t count[MAX_BITS + 1] = {0}, next[MAX_BITS + 2], sorted[288];
    uint32_t *table = codes->table;
    unsigned longest = MAX_BITS, bits;
    int left = 1;
    for (unsigned i = 0; i < n; i++) count[lengths[i]]++;
    count[0] = 0;
    while (longest && !count[longest]) longest--;
    next[1] = 0;
    for (unsigned length = 1; length <= MAX_BITS; length++) {
        left = 2 * left - count[length];
        if (left < 0) return -1;
        next[length + 1] = (uint16_t)(next[length] + count[length]);
    }
    /* Incomplete: only a lone code of one bit, or none, may be (as zlib has it). */
    if (left > 0 && (longest > 1 || entries == code_entries)) return -1;
    for (unsigned i = 0; i < n; i++)
        if (lengths[i]) sorted[next[lengths[i]]++] = (uint16_t)i;
    bits = longest < max_bits ? (longest ? longest : 1) : max_bits;
    codes->bits = bits;
    codes->sub_bits = longest > bits ? longest - bits : 0;
    table[0] = table[1] = 0;
    unsigned symbol = 0, code = 0, free_entry = 1u << bits, previous = 1u << bits; /* `code` with its first bit lowest */
    for (unsigned length = 1; length <= longest; length++) {
        for (unsigned k = 0; k < count[length]; k++) {
            uint32_t value = entries[sorted[symbol++]];
            unsigned first = 1u << (length - 1);
            if (length <= bits) {
                table[code] = value ? value + (length | length << 8) : 0;
            } else {
                unsigned prefix = code & ((1u << bits) - 1), own = length - bits;
                if (prefix != previous) { /* codes with one prefix follow one another */
                    previous = prefix;
                    table[prefix] = SUBTABLE | bits | free_entry << 16;
                    free_entry += 1u << codes->sub_bits;
                }
                uint32_t *sub = table + (table[prefix] >> 16);
                if (value) value += own | own << 8;
                for (unsigned i = code >> bits; i < 1u << codes->sub_bits; i += 1u << own) sub[i] = value;
            }
            while (code & first) code ^= first, first >>= 1;
            code |= first;
        }
        /* What has fewer bits than the table repeats in it. */
        if (length < bits) memcpy(table + ((size_t)1 << length), table, sizeof *table << length);
    }
    return 0;
}

static void refill(Stream *s) {
#ifdef LEAKSCAN_LITTLE_ENDIAN
    if (s->in_end - s->in >= 8) {
        uint64_t word;
        memcpy(&word, s->in, 8);
        s->hold |= word << s->held;
        s->in += (63 - s->held) >> 3;
        s->held |= 56;
        return;
    }
#endif
    while (s->held < 56 && s->in < s->in_end) {
        s->hold |= (uint64_t)*s->in++ << s->held;
        s->held += 8;
    }
}

static int take(Stream *s, unsigned n, unsigned *value) {
    if (s->held < n) {
        refill(s);
        if (s->held < n) return -1;
    }
    *value = (unsigned)(s->hold & (((uint64_t)1 << n) - 1));
    s->hold >>= n;
    s->held -= n;
    return 0;
}

/* The next code and the value of its extra bits. */
static int decode(Stream *s, const Codes *codes, uint32_t *entry, unsigned *extra) {
    if (s->held < 28) refill(s); /* a code has 15 bits and 13 extra ones at most */
    uint32_t e = codes->table[s->hold & (((uint64_t)1 << codes->bits) - 1)];
    unsigned used = 0;
    if (e & SUBTABLE) {
        used = codes->bits;
        e = codes->table[(e >> 16) + (s->hold >> used & ((1u << codes->sub_bits) - 1))];
    }
    unsigned skip = used + (e >> 8 & 15);
    used += e & 255;
    if (!e || used > s->held) return -1;
    *extra = (unsigned)((s->hold & (((uint64_t)1 << used) - 1)) >> skip);
    s->hold >>= used;
    s->held -= used;
    *entry = e;
    return 0;
}

#define BITS(hold, e) (((hold) & (((uint64_t)1 << ((e) & 255)) - 1)) >> ((e) >> 8 & 15)) /* the extra bits of `e` */

/* The symbols of one block. 1: the output is full (`partial`); 0: the block has ended; -1: malformed. */
static int block(Stream *stream, const Codes *literals, const Codes *distances, int partial) {
    Stream s = *stream;
    uint32_t e;
#ifdef LEAKSCAN_LITTLE_ENDIAN
    const uint32_t *lt = literals->table, *dt = distances->table;
    const unsigned lbits = literals->bits, dbits = distances->bits;
    const uint64_t lmask = ((uint64_t)1 << lbits) - 1, lsub = ((uint64_t)1 << literals->sub_bits) - 1;
    const uint64_t dmask = ((uint64_t)1 << dbits) - 1, dsub = ((uint64_t)1 << distances->sub_bits) - 1;
    const uint8_t *in = s.in, *in_last = s.in_end - s.in >= 24 ? s.in_end - 24 : NULL;
    uint8_t *out = s.out, *out_last = s.out_end - s.out >= 300 ? s.out_end - 300 : NULL;
    uint64_t hold = s.hold, word;
    unsigned held = s.held;
#define FILL() (memcpy(&word, in, 8), hold |= word << held, in += (63 - held) >> 3, held |= 56)
    /* Far from both ends nothing has to be checked: a round reads at most 16 bytes ahead and gives at most 3 + 258. */
    if (in_last && out_last && in <= in_last && out <= out_last) {
        FILL();
        e = lt[hold & lmask];
        for (;;) {
            if (e & LITERAL) { /* three of them have 30 bits at most: none is behind a subtable */
                hold >>= e & 255, held -= e & 255, *out++ = (uint8_t)(e >> 16);
                e = lt[hold & lmask];
                if (e & LITERAL) {
                    hold >>= e & 255, held -= e & 255, *out++ = (uint8_t)(e >> 16);
                    e = lt[hold & lmask];
                    if (e & LITERAL) {
                        hold >>= e & 255, held -= e & 255, *out++ = (uint8_t)(e >> 16);
                        FILL();
                        e = lt[hold & lmask];
                        if (in <= in_last && out <= out_last) continue;
                        break;
                    }
                }
                FILL(); /* adds bits above those that `e` was looked up by */
            }
            if (e & SUBTABLE) {
                hold >>= lbits, held -= lbits;
                e = lt[(e >> 16) + (hold & lsub)];
            }
            if (!(e & MATCH)) {
                if (!(e & (LITERAL | END))) return -1;
                hold >>= e & 255, held -= e & 255;
                if (e & END) {
                    s.in = in, s.out = out, s.hold = hold, s.held = held;
                    *stream = s;
                    return 0;
                }
                *out++ = (uint8_t)(e >> 16);
                FILL();
                e = lt[hold & lmask];
                if (in <= in_last && out <= out_last) continue;
                break;
            }
            size_t length = (e >> 16) + (size_t)BITS(hold, e);
            hold >>= e & 255, held -= e & 255;
            e = dt[hold & dmask];
            if (e & SUBTABLE) {
                hold >>= dbits, held -= dbits;
                e = dt[(e >> 16) + (hold & dsub)];
            }
            if (!(e & MATCH)) return -1;
            size_t distance = (e >> 16) + (size_t)BITS(hold, e);
            hold >>= e & 255, held -= e & 255;
            if (distance > (size_t)(out - s.start)) return -1;
            FILL();
            e = lt[hold & lmask];
            const uint8_t *from = out - distance;
            uint8_t *to = out;
            out += length;
            if (distance >= 16) {
                do memcpy(to, from, 16), to += 16, from += 16;
                while (to < out);
            } else if (distance >= 8) {
                do memcpy(to, from, 8), to += 8, from += 8;
                while (to < out);
            } else if (distance == 1) {
                memset(to, *from, length);
            } else {
                while (to < out) *to++ = *from++;
            }
            if (in > in_last || out > out_last) break;
        }
        s.in = in, s.out = out, s.hold = hold, s.held = held;
    }
#undef FILL
#endif
    for (;;) {
        unsigned extra;
        if (decode(&s, literals, &e, &extra)) return -1;
        if (e & LITERAL) {
            if (s.out == s.out_end) return partial ? 1 : -1;
            *s.out++ = (uint8_t)(e >> 16);
            continue;
        }
        if (e & END) {
            *stream = s;
            return 0;
        }
        size_t length = (e >> 16) + extra;
        if (decode(&s, distances, &e, &extra)) return -1;
        size_t distance = (e >> 16) + extra, room = (size_t)(s.out_end - s.out);
        if (distance > (size_t)(s.out - s.start)) return -1;
        if (length > room) {
            if (!partial) return -1;
            length = room + 1;
        }
        for (; length && s.out < s.out_end; length--, s.out++) *s.out = s.out[-(ptrdiff_t)distance];
        if (length) return 1;
    }
}

static int dynamic_codes(Stream *s, Codes *literals, Codes *distances) {
    static const uint8_t ORDER[19] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
    uint32_t table[1 << CODE_BITS], e;
    Codes codes = {table, 0, 0};
    uint8_t lengths[320] = {0}, code_lengths[19] = {0};
    unsigned n_literals, n_distances, n_codes, value, i;
    if (take(s, 5, &n_literals) || take(s, 5, &n_distances) || take(s, 4, &n_codes)) return -1;
    n_literals += 257, n_distances += 1, n_codes += 4;
    if (n_literals > 286 || n_distances > 30) return -1;
    for (i = 0; i < n_codes; i++) {
        if (take(s, 3, &value)) return -1;
        code_lengths[ORDER[i]] = (uint8_t)value;
    }
    if (build(&codes, CODE_BITS, code_lengths, 19, code_entries)) return -1;
    for (i = 0; i < n_literals + n_distances;) {
        if (s->held < 14) refill(s);
        e = table[s->hold & (((uint64_t)1 << codes.bits) - 1)];
        unsigned symbol = e >> 16, repeat, of = 0;
        if (!e || (e & 255) > s->held) return -1;
        s->hold >>= e & 255, s->held -= e & 255;
        if (symbol < 16) {
            lengths[i++] = (uint8_t)symbol;
            continue;
        }
        if (symbol == 16) {
            if (!i || take(s, 2, &repeat)) return -1;
            repeat += 3, of = lengths[i - 1];
        } else if (symbol == 17) {
            if (take(s, 3, &repeat)) return -1;
            repeat += 3;
        } else {
            if (take(s, 7, &repeat)) return -1;
            repeat += 11;
        }
        if (i + repeat > n_literals + n_distances) return -1;
        memset(lengths + i, (int)of, repeat);
        i += repeat;
    }
    if (!lengths[256]) return -1; /* no end of block */
    return build(literals, LITERAL_BITS, lengths, n_literals, literal_entries) ||
                   build(distances, DISTANCE_BITS, lengths + n_literals, n_distances, distance_entries)
               ? -1
               : 0;
}

static int stored(Stream *s, int partial) {
    unsigned drop = s->held & 7;
    s->hold >>= drop, s->held -= drop;
    s->in -= s->held >> 3; /* hand back whole bytes */
    s->hold = 0, s->held = 0;
    if (s->in_end - s->in < 4) return -1;
    size_t length = s->in[0] | (size_t)s->in[1] << 8;
    if ((length ^ (s->in[2] | (size_t)s->in[3] << 8)) != 0xFFFF) return -1;
    s->in += 4;
    size_t room = (size_t)(s->out_end - s->out), there = (size_t)(s->in_end - s->in);
    size_t copied = length < room ? length : room;
    if (copied > there) return -1;
    memcpy(s->out, s->in, copied);
    s->out += copied, s->in += copied;
    return copied < length ? (partial ? 1 : -1) : 0;
}

static void inflate_setup(void) {
    uint8_t lengths[288];
    for (unsigned i = 0; i < 288; i++) {
        literal_entries[i] = i < 256 ? LITERAL | i << 16 : i == 256 ? END : 0;
        lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
    }
    for (unsigned i = 0; i < 29; i++) literal_entries[257 + i] = MATCH | LENGTH_EXTRA[i] | (uint32_t)LENGTH_BASE[i] << 16;
    for (unsigned i = 0; i < 30; i++) distance_entries[i] = MATCH | (i < 4 ? 0 : i / 2 - 1) | (uint32_t)DISTANCE_BASE[i] << 16;
    for (unsigned i = 0; i < 19; i++) code_entries[i] = LITERAL | i << 16;
    build(&fixed_literals, LITERAL_BITS, lengths, 288, literal_entries);
    memset(lengths, 5, 32);
    build(&fixed_distances, DISTANCE_BITS, lengths, 32, distance_entries);
}

static uint32_t adler32(const uint8_t *p, size_t n) {
    uint32_t a = 1, b = 0;
    while (n) {
        size_t run = n < 5552 ? n : 5552;
        n -= run;
#ifdef LEAKSCAN_SSE2
        if (run >= 16) {
            const __m128i zero = _mm_setzero_si128();
            const __m128i high = _mm_set_epi16(9, 10, 11, 12, 13, 14, 15, 16), low = _mm_set_epi16(1, 2, 3, 4, 5, 6, 7, 8);
            __m128i sum = zero, before = zero, weighted = zero; /* `before`: the sums before each block of 16 */
            uint32_t blocks = (uint32_t)(run / 16), lanes[4];
            b += a * 16 * blocks;
            for (uint32_t i = 0; i < blocks; i++, p += 16) {
                __m128i x = _mm_loadu_si128((const __m128i *)p);
                before = _mm_add_epi32(before, sum);
                sum = _mm_add_epi32(sum, _mm_sad_epu8(x, zero));
                weighted = _mm_add_epi32(weighted, _mm_madd_epi16(_mm_unpacklo_epi8(x, zero), high));
                weighted = _mm_add_epi32(weighted, _mm_madd_epi16(_mm_unpackhi_epi8(x, zero), low));
            }
            _mm_storeu_si128((__m128i *)lanes, sum);
            a += lanes[0] + lanes[2];
            _mm_storeu_si128((__m128i *)lanes, before);
            b += 16 * (lanes[0] + lanes[2]);
            _mm_storeu_si128((__m128i *)lanes, weighted);
            b += lanes[0] + lanes[1] + lanes[2] + lanes[3];
            run %= 16;
        }
#endif
        for (; run; run--) a += *p++, b += a;
        a %= 65521, b %= 65521;
    }
    return b << 16 | a;
}

/* The zlib stream at `in` into exactly `size` bytes at `out`. 0, or -1 where the stream is malformed, truncated, of another
   size, or fails its checksum. With `partial` the first `size` bytes will do (and no checksum is taken). */
static int inflate_stream(const uint8_t *in, size_t n, uint8_t *out, size_t size, int partial) {
    uint32_t literal_table[LITERAL_SIZE], distance_table[DISTANCE_SIZE];
    Codes literals = {literal_table, 0, 0}, distances = {distance_table, 0, 0};
    if (n < 6 || (in[0] & 15) != 8 || in[0] >> 4 > 7 || (in[0] << 8 | in[1]) % 31 || in[1] & 0x20) return -1;
    Stream s = {in + 2, in + n, 0, 0, out, out, out + size};
    unsigned final, kind;
    do {
        int state;
        if (take(&s, 1, &final) || take(&s, 2, &kind)) return -1;
        if (kind == 0) {
            state = stored(&s, partial);
        } else if (kind == 1 || kind == 2) {
            if (kind == 2 && dynamic_codes(&s, &literals, &distances)) return -1;
            state = kind == 1 ? block(&s, &fixed_literals, &fixed_distances, partial) : block(&s, &literals, &distances, partial);
        } else {
            return -1;
        }
        if (state) return state < 0 ? -1 : 0;
    } while (!final);
    if (s.out != s.out_end) return -1;
    if (partial) return 0;
    s.in -= s.held >> 3;
    if (s.in_end - s.in < 4) return -1;
    uint32_t sum = (uint32_t)s.in[0] << 24 | (uint32_t)s.in[1] << 16 | (uint32_t)s.in[2] << 8 | s.in[3];
    return adler32(out, size) == sum ? 0 : -1;
}

#endif
