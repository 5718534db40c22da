/* Writing to a share that may be away for a moment: open it again and go on where the last whole write ended. */
#ifndef HK_STORE_RETRY_H
#define HK_STORE_RETRY_H

#include <stddef.h>

#include "base/err.h"

struct retry_output {
  void *ctx;
  /* All n bytes at the position where the output stands, or an error; what was written of them then is nobody's business. */
  hk_err (*write)(void *ctx, const void *p, size_t n);
  /* Opens it again and stands at `at`. HK_TRUNCATED: less than that is there; then nothing can be saved. */
  hk_err (*reopen)(void *ctx, uint64_t at);
  void (*wait)(void *ctx, unsigned ms);
};

/* Writes n bytes at `at`. While the output is away it is tried again, after longer and longer waits, patience_ms in all. A full
   disk, missing rights and lost bytes are no reasons to wait: they are returned at once. */
hk_err retry_write(const struct retry_output *o, uint64_t at, const void *p, size_t n, unsigned patience_ms);

#endif
