/* Commits as nearly all of them are: tree, parents, author, committer, at most a signature, message. Any other is left to the
   patient parser (`commits.parse_commit`), with which this has to agree. */

#ifndef LEAKSCAN_COMMITS_H
#define LEAKSCAN_COMMITS_H

#include <stdint.h>
#include <string.h>

typedef struct {
    const uint8_t *who, *who_end;
    int64_t time;
} Ident;

typedef struct {
    const uint8_t *tree, *parents; /* hexadecimal; each parent is "parent <id>\n" */
    size_t n_parents;
    Ident author, committer;
    const uint8_t *message;
} Commit;

static int is_digit(uint8_t c) { return c >= '0' && c <= '9'; }

/* `n` lower-case hexadecimal digits and a line feed. */
static int is_oid(const uint8_t *p, const uint8_t *end, size_t n) {
    if ((size_t)(end - p) < n + 1 || p[n] != '\n') return 0;
    for (size_t i = 0; i < n; i++)
        if (!is_digit(p[i]) && !(p[i] >= 'a' && p[i] <= 'f')) return 0;
    return 1;
}

/* "<key> <who> <seconds> <offset>\n" at `p`; where the line ends, or NULL. */
static const uint8_t *ident_parse(const uint8_t *p, const uint8_t *end, const char *key, size_t key_size, Ident *ident) {
    if ((size_t)(end - p) <= key_size || memcmp(p, key, key_size)) return NULL;
    p += key_size;
    const uint8_t *line = memchr(p, '\n', (size_t)(end - p));
    if (!line || line - p < 8 || *p == ' ' || *p == '-' || is_digit(*p)) return NULL;
    const uint8_t *q = line - 6;
    if (q[0] != ' ' || (q[1] != '+' && q[1] != '-')) return NULL;
    for (int i = 2; i < 6; i++)
        if (!is_digit(q[i])) return NULL;
    const uint8_t *digits = q;
    while (digits > p && is_digit(digits[-1])) digits--;
    if (digits == q || q - digits > 18 || digits == p) return NULL;
    ident->time = 0;
    for (const uint8_t *d = digits; d < q; d++) ident->time = ident->time * 10 + (*d - '0');
    if (digits[-1] == '-') {
        digits--;
        ident->time = -ident->time;
    }
    ident->who = p, ident->who_end = digits > p && digits[-1] == ' ' ? digits - 1 : digits;
    return ident->who_end > p ? line + 1 : NULL;
}

/* 0, or -1 where the commit is not regular. */
static int commit_parse(const uint8_t *p, size_t size, size_t hex, Commit *c) {
    const uint8_t *end = p + size;
    if (size < 5 || memcmp(p, "tree ", 5) || !is_oid(p + 5, end, hex)) return -1;
    c->tree = p + 5;
    p += 5 + hex + 1;
    c->parents = p, c->n_parents = 0;
    while ((size_t)(end - p) > 7 && !memcmp(p, "parent ", 7) && is_oid(p + 7, end, hex)) p += 7 + hex + 1, c->n_parents++;
    if (!(p = ident_parse(p, end, "author ", 7, &c->author))) return -1;
    if (!(p = ident_parse(p, end, "committer ", 10, &c->committer))) return -1;
    if ((size_t)(end - p) > 7 && !memcmp(p, "gpgsig ", 7)) {
        do {
            p = memchr(p, '\n', (size_t)(end - p));
            if (!p) return -1;
            p++;
        } while (p < end && *p == ' ');
    }
    if (p == end || *p != '\n') return -1;
    c->message = p + 1;
    return 0;
}

#endif
