/* A work file that nobody else can read: what is written is encrypted under a key that is never written and dies with the
   program. For what lies beside an encrypted archive while it is made. Reads and writes anywhere; in memory it takes 20
   bytes for each 8 KiB. Not for two threads at once. */
#ifndef HK_STORE_SCRATCH_H
#define HK_STORE_SCRATCH_H

#include "base/err.h"
#include "base/str.h"

struct hk_scratch;

/* Creates or empties the file. The caller removes it in the end. */
hk_err hk_scratch_open(hk_str os_path, struct hk_scratch **out);
void hk_scratch_close(struct hk_scratch *s); /* NULL is fine; wipes the key */
uint64_t hk_scratch_size(const struct hk_scratch *s);
/* *got < n only at the end. HK_DAMAGED: somebody changed the file. */
hk_err hk_scratch_read_at(struct hk_scratch *s, uint64_t offset, void *out, size_t n, size_t *got);
/* Beyond the end the file grows, with zeros between. */
hk_err hk_scratch_write_at(struct hk_scratch *s, uint64_t offset, const void *p, size_t n);
hk_err hk_scratch_truncate(struct hk_scratch *s, uint64_t size_bytes);
/* All of it, front to back. */
hk_err hk_scratch_read(struct hk_scratch *s, hk_err (*put)(void *ctx, const void *p, size_t n), void *ctx);

#endif
