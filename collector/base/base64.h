/* Base 64 (RFC 4648, section 4) in its canonical form only: each text has one meaning and each meaning one text. No line
   breaks. `padded` is with '=' at the end; the other form has none and may not have any. */
#ifndef HK_BASE_BASE64_H
#define HK_BASE_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* Room for n bytes as text with its zero. */
#define HK_BASE64_ROOM(n) (((n) + 2) / 3 * 4 + 1)

/* Writes HK_BASE64_ROOM(n) bytes at most, zero-terminated; returns the length without the zero. */
size_t hk_base64_put(const uint8_t *p, size_t n, bool padded, char *out);
/* All of s into out, *n bytes. False when s is not canonical or needs more than `room`; then *n is untouched. */
bool hk_base64_get(hk_str s, bool padded, uint8_t *out, size_t room, size_t *n);

#endif
