/* Text that grows during the run and is needed whole only at its end (manifest, uploads.json, central directory): kept
   in memory, deflated as it comes. A line of the manifest takes about 150 bytes so. */
#ifndef HK_STORE_SPOOL_H
#define HK_STORE_SPOOL_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct spool;

hk_err spool_open(uint64_t limit_packed_bytes, struct spool **out);
void spool_close(struct spool *s); /* NULL is fine */
/* HK_MEMORY when there is none or the limit is reached; the spool keeps what it had. */
hk_err spool_add(struct spool *s, const void *p, size_t n);
/* Gives everything back, piece by piece, in order. Nothing can be added afterwards. Stops at the first error of `on`. */
hk_err spool_read(struct spool *s, hk_err (*on)(void *ctx, const void *p, size_t n), void *ctx);

#endif
