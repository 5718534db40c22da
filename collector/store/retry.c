/* Patience with a share. */
#include "store/retry.h"

#define FIRST_WAIT_MS 250u
#define LONGEST_WAIT_MS 8000u

/* The network, the server or the stick; not the disk's space, the rights or the request. */
static bool may_pass(hk_err e)
{
  return e.code == HK_IO || e.code == HK_ABSENT || e.code == HK_TIMEOUT;
}

hk_err retry_write(const struct retry_output *o, uint64_t at, const void *p, size_t n, unsigned patience_ms)
{
  hk_err e = o->write(o->ctx, p, n);
  unsigned waited_ms = 0;
  unsigned wait_ms = FIRST_WAIT_MS;
  while (may_pass(e) && waited_ms < patience_ms) {
    if (wait_ms > patience_ms - waited_ms) wait_ms = patience_ms - waited_ms;
    o->wait(o->ctx, wait_ms);
    waited_ms += wait_ms;
    wait_ms = wait_ms * 2 < LONGEST_WAIT_MS ? wait_ms * 2 : LONGEST_WAIT_MS;
    e = o->reopen(o->ctx, at);
    if (e.code == HK_OK) e = o->write(o->ctx, p, n);
  }
  return e;
}
