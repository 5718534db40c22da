/* A sink that keeps what it gets. */
#ifndef HK_TESTS_STORE_MEMORY_SINK_H
#define HK_TESTS_STORE_MEMORY_SINK_H

#include "base/buf.h"
#include "store/sink.h"

struct memory_sink {
  struct hk_store_sink sink;
  struct hk_buf bytes;
  size_t fail_behind; /* bytes; 0 = never */
  unsigned n_flushed, n_finished, n_closed;
};

static inline hk_err memory_write(struct hk_store_sink *s, const void *p, size_t n)
{
  struct memory_sink *const m = (struct memory_sink *)(void *)s;
  if (m->fail_behind != 0 && m->bytes.n + n > m->fail_behind) return hk_fail(HK_LIMIT, "write: disk full", HK_NO_OFFSET);
  hk_buf_add(&m->bytes, p, n);
  return hk_ok();
}

static inline hk_err memory_flush(struct hk_store_sink *s)
{
  ((struct memory_sink *)(void *)s)->n_flushed++;
  return hk_ok();
}

static inline hk_err memory_finish(struct hk_store_sink *s, hk_str note)
{
  (void)note;
  ((struct memory_sink *)(void *)s)->n_finished++;
  return hk_ok();
}

static inline void memory_close(struct hk_store_sink *s)
{
  ((struct memory_sink *)(void *)s)->n_closed++;
}

static inline void memory_sink_init(struct memory_sink *m)
{
  *m = (struct memory_sink){
      .sink = {.write = memory_write, .flush = memory_flush, .finish = memory_finish, .close = memory_close}};
  hk_buf_init(&m->bytes, (size_t)64 << 20);
}

#endif
