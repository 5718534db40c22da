/* Which entry holds which content, so that a file with the same bytes is stored once. Only whole, ordinary evidence counts. */
#ifndef HK_STORE_CONTENTS_H
#define HK_STORE_CONTENTS_H

#include "base/err.h"
#include "base/hash.h"
#include "base/str.h"

struct contents;

hk_err contents_open(struct contents **out);
void contents_close(struct contents *c); /* NULL is fine */
/* The first entry of a content stays its entry. */
hk_err contents_add(struct contents *c, const uint8_t sha256[HK_SHA256_SIZE], uint64_t size_bytes, hk_str name);
/* Name of the entry; {NULL, 0} when there is none. */
hk_str contents_find(const struct contents *c, const uint8_t sha256[HK_SHA256_SIZE], uint64_t size_bytes);

#endif
