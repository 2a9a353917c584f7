/* Commits as nearly all of them are, with another tree and other parents. */

#ifndef LEAKSCAN_RELINK_H
#define LEAKSCAN_RELINK_H

#include <stdint.h>
#include <string.h>

/* What a commit names. `rest` starts behind its last parent. */
typedef struct {
    const uint8_t *tree, *parents, *rest, *end; /* hexadecimal, the first two; each parent is "parent <id>\n" */
    size_t n_parents;
} Links;

static int hex_digit(uint8_t c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; }

static int hex_id(const uint8_t *hex, size_t size, uint8_t *id) {
    for (size_t i = 0; i < size; i++) {
        int high = hex_digit(hex[2 * i]), low = hex_digit(hex[2 * i + 1]);
        if (high < 0 || low < 0) return MALFORMED;
        id[i] = (uint8_t)(high << 4 | low);
    }
    return OK;
}

static void id_hex(const uint8_t *id, size_t size, uint8_t *hex) {
    for (size_t i = 0; i < size; i++) *hex++ = (uint8_t) "0123456789abcdef"[id[i] >> 4], *hex++ = (uint8_t) "0123456789abcdef"[id[i] & 15];
}

static int links_of(const uint8_t *raw, size_t n, size_t id_size, Links *links) {
    size_t digits = 2 * id_size, line = digits + 8;
    uint8_t id[32];
    if (n < digits + 6 || memcmp(raw, "tree ", 5) || hex_id(raw + 5, id_size, id) || raw[digits + 5] != '\n') return MALFORMED;
    links->tree = raw + 5, links->parents = links->rest = raw + digits + 6, links->end = raw + n, links->n_parents = 0;
    while ((size_t)(links->end - links->rest) >= 7 && !memcmp(links->rest, "parent ", 7)) {
        if ((size_t)(links->end - links->rest) < line || hex_id(links->rest + 7, id_size, id) || links->rest[line - 1] != '\n') return MALFORMED;
        links->rest += line, links->n_parents++;
    }
    return OK;
}

/* Where the line at `p` ends, behind its line feed; NULL where it does not. */
static const uint8_t *line_end(const uint8_t *p, const uint8_t *end) {
    const uint8_t *feed = memchr(p, '\n', (size_t)(end - p));
    return feed ? feed + 1 : NULL;
}

typedef enum { OTHER, SIGNATURE, MERGETAG } Seal;

/* What a header line has to do with signatures. */
static Seal seal_of(const uint8_t *p, const uint8_t *end) {
    size_t n = 0;
    while (p + n < end && p[n] != ' ' && p[n] != '\n') n++;
    if ((n == 6 && !memcmp(p, "gpgsig", 6)) || (n == 13 && !memcmp(p, "gpgsig-sha256", 13))) return SIGNATURE;
    return n == 8 && !memcmp(p, "mergetag", 8) ? MERGETAG : OTHER;
}

/* "<key> <who> <<mail>> <seconds> <zone>\n" as git's strict check wants it; where the line ends, or NULL. */
static const uint8_t *strict_ident(const uint8_t *p, const uint8_t *end, const char *key) {
    size_t n = strlen(key), digits = 0;
    if ((size_t)(end - p) < n || memcmp(p, key, n)) return NULL;
    p += n;
    const uint8_t *name = p;
    while (p < end && *p != '<' && *p != '>' && *p != '\n' && *p) p++;
    if (p == end || *p != '<' || p == name || p[-1] != ' ') return NULL;
    for (p++; p < end && *p != '<' && *p != '>' && *p != '\n' && *p;) p++;
    if (end - p < 2 || p[0] != '>' || p[1] != ' ') return NULL;
    p += 2;
    while (p + digits < end && digits < 11 && p[digits] >= '0' && p[digits] <= '9') digits++;
    if (!digits || digits > 10 || (*p == '0' && digits > 1)) return NULL;
    p += digits;
    if (end - p < 7 || p[0] != ' ' || (p[1] != '+' && p[1] != '-') || p[6] != '\n') return NULL;
    for (int i = 2; i < 6; i++)
        if (p[i] < '0' || p[i] > '9') return NULL;
    return p + 7;
}

static int is_plain_commit(const Links *links) {
    const uint8_t *p = strict_ident(links->rest, links->end, "author ");
    if (p) p = strict_ident(p, links->end, "committer ");
    if (!p || memchr(p, 0, (size_t)(links->end - p))) return 0;
    while (p && p < links->end && *p != '\n') p = line_end(p, links->end);
    return p && p < links->end;
}

static int is_word(uint8_t c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; }

/* Whether a message has something that looks like an id of 7 to 64 digits. */
static int quotes_ids(const uint8_t *p, const uint8_t *end) {
    while (p < end) {
        const uint8_t *word = p;
        int hex = 1;
        while (p < end && is_word(*p)) hex &= hex_digit(*p++) >= 0;
        if (hex && p - word >= 7 && p - word <= 64) return 1;
        if (p == word) p++;
    }
    return 0;
}

#endif
