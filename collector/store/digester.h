/* SHA-256 and MD5 of one stream, worked out on a second thread while the caller compresses. Short streams are hashed at once. */
#ifndef HK_STORE_DIGESTER_H
#define HK_STORE_DIGESTER_H

#include "base/err.h"
#include "base/hash.h"

struct digester;

hk_err digester_open(struct digester **out);
void digester_close(struct digester *d); /* NULL is fine */
/* Begins a new stream; what was before is forgotten. */
void digester_begin(struct digester *d);
/* Takes a copy. */
void digester_add(struct digester *d, const void *p, size_t n);
void digester_end(struct digester *d, uint8_t sha256[HK_SHA256_SIZE], uint8_t md5[HK_MD5_SIZE]);

#endif
