/* Strings: UTF-8 with a known length, not zero-terminated unless said. What comes from evidence may be invalid UTF-8
   until hk_str_clean has seen it. UTF-16 stops in this file and in os/. */
#ifndef HK_BASE_STR_H
#define HK_BASE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

typedef struct hk_str {
  const char *p;
  size_t n; /* bytes */
} hk_str;

/* A sentence or label in both languages; both always present. */
struct hk_text {
  const char *ja;
  const char *en;
};
/* One of them; "" for none. */
const char *hk_text_in(struct hk_text t, bool japanese);

/* Literal to hk_str. */
#define HK_S(literal) ((hk_str){.p = ("" literal), .n = sizeof(literal) - 1})

#if defined(__GNUC__)
#define HK_PRINTF(fmt, first) __attribute__((format(gnu_printf, fmt, first)))
#if defined(__clang__)
#undef HK_PRINTF
#define HK_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#endif
#else
#define HK_PRINTF(fmt, first)
#endif

/* In ASCII; locales have no say. */
static inline bool hk_is_digit(char c)
{
  return c >= '0' && c <= '9';
}
static inline bool hk_is_letter(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A view on a C string; NULL gives the empty string. */
hk_str hk_str_of(const char *z);
bool hk_str_eq(hk_str a, hk_str b);
/* Equal when ASCII letters are folded. */
bool hk_str_ieq(hk_str a, hk_str b);
bool hk_str_starts(hk_str s, hk_str prefix);
bool hk_str_iends(hk_str s, hk_str suffix);
/* Byte order, shorter first on a tie: <0, 0, >0. */
int hk_str_cmp(hk_str a, hk_str b);
/* Position of the last byte c, or n when it is not there. */
size_t hk_str_rfind(hk_str s, char c);
size_t hk_str_find(hk_str s, char c);
/* Bytes [from, to) of s, both clamped to its length. */
hk_str hk_str_sub(hk_str s, size_t from, size_t to);
/* A copy in the arena, zero-terminated behind its n bytes; {NULL,0} when there is no memory. */
hk_str hk_str_copy(struct hk_arena *a, hk_str s);
/* A zero-terminated copy; NULL when there is no memory. Bytes behind an embedded zero are kept but unseen by C. */
char *hk_str_z(struct hk_arena *a, hk_str s);
/* printf into the arena (a subset is enough: %s %d %u %zu %lld %llu %x %02x %c %.*s, with flags and widths of C11).
   On Windows too, "%llu" and "%zu" mean what C11 says. */
hk_str hk_str_printf(struct hk_arena *a, const char *format, ...) HK_PRINTF(2, 3);
/* True when s is well-formed UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF. */
bool hk_str_valid(hk_str s);
/* s itself when valid, else a copy in which each bad byte became U+FFFD. */
hk_str hk_str_clean(struct hk_arena *a, hk_str s);
/* Value of one hex digit of either case, -1 when it is none. */
int hk_hex_digit(char c);
/* A number in decimal; returns how many digits. A listing of a disk writes millions. */
#define HK_DECIMAL_SIZE 20
size_t hk_decimal(uint64_t v, char out[HK_DECIMAL_SIZE]);
/* "%3A" to ':' and so on; a '%' without two hex digits behind it stays. {NULL,0} when there is no memory. */
hk_str hk_percent_decode(struct hk_arena *a, hk_str s);
/* Next code point at *pos, which is advanced; an invalid byte yields 0xFFFD and one step. Needs *pos < s.n. */
uint32_t hk_str_next(hk_str s, size_t *pos);
/* Writes one code point as UTF-8, returns its length 1..4. Surrogates and beyond are written as U+FFFD. */
size_t hk_utf8_put(uint32_t code_point, char out[4]);

/* UTF-16LE, n_bytes long (an odd last byte is dropped), to UTF-8. Unpaired surrogates become U+FFFD. Stops at n_bytes,
   not at NUL. {NULL,0} when there is no memory. */
hk_str hk_str_from_utf16le(struct hk_arena *a, const void *bytes, size_t n_bytes);
/* The same, ending at the first NUL unit. */
hk_str hk_str_from_utf16le_z(struct hk_arena *a, const void *bytes, size_t n_bytes);
/* UTF-8 to zero-terminated UTF-16LE units in the arena; *n_units without the terminator. NULL when there is no memory. */
uint16_t *hk_str_to_utf16le(struct hk_arena *a, hk_str s, size_t *n_units);

#define HK_GUID_SIZE 37
/* "6c2a…-…": lower case, without braces. The first three of its numbers are little-endian. */
hk_str hk_guid_text(const uint8_t id[16], char out[HK_GUID_SIZE]);

/* Simple case folding to lower case for path comparison: ASCII, Latin-1, Latin Extended-A, Greek, Cyrillic, Armenian,
   full-width Latin. That is what NTFS's $UpCase does for these blocks; others are left as they are. */
uint32_t hk_fold(uint32_t code_point);
hk_str hk_str_fold(struct hk_arena *a, hk_str s);

/* True when the folded path matches the folded glob. Separators are '\' and '/' alike. `*` and `?` do not cross a
   separator, `**` does; a component `**` also matches no component at all. Work is bounded by glob times path. */
bool hk_glob_match(hk_str glob, hk_str path);

#endif
