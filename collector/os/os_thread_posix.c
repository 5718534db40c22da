/* Threads on POSIX. */
#include "os/os_posix.h"

#include <pthread.h>
#include <stdlib.h>

struct os_thread {
  pthread_t id;
  void (*body)(void *ctx);
  void *ctx;
};
struct os_mutex {
  pthread_mutex_t m;
};
struct os_cond {
  pthread_cond_t c;
};

static void *run(void *p)
{
  const struct os_thread *const t = p;
  t->body(t->ctx);
  return NULL;
}

hk_err os_thread_start(void (*body)(void *ctx), void *ctx, struct os_thread **out)
{
  struct os_thread *const t = calloc(1, sizeof *t);
  if (t == NULL) return hk_fail(HK_MEMORY, "start thread", HK_NO_OFFSET);
  t->body = body;
  t->ctx = ctx;
  const int e = pthread_create(&t->id, NULL, run, t);
  if (e != 0) {
    free(t);
    return hk_fail_os(HK_LIMIT, "start thread", e);
  }
  *out = t;
  return hk_ok();
}

void os_thread_join(struct os_thread *t)
{
  if (t == NULL) return;
  (void)pthread_join(t->id, NULL);
  free(t);
}

struct os_mutex *os_mutex_new(void)
{
  struct os_mutex *const m = calloc(1, sizeof *m);
  if (m && pthread_mutex_init(&m->m, NULL) != 0) {
    free(m);
    return NULL;
  }
  return m;
}

void os_mutex_free(struct os_mutex *m)
{
  if (m == NULL) return;
  (void)pthread_mutex_destroy(&m->m);
  free(m);
}

void os_lock(struct os_mutex *m)
{
  (void)pthread_mutex_lock(&m->m);
}

void os_unlock(struct os_mutex *m)
{
  (void)pthread_mutex_unlock(&m->m);
}

struct os_cond *os_cond_new(void)
{
  struct os_cond *const c = calloc(1, sizeof *c);
  if (c && pthread_cond_init(&c->c, NULL) != 0) {
    free(c);
    return NULL;
  }
  return c;
}

void os_cond_free(struct os_cond *c)
{
  if (c == NULL) return;
  (void)pthread_cond_destroy(&c->c);
  free(c);
}

void os_wait(struct os_cond *c, struct os_mutex *m)
{
  (void)pthread_cond_wait(&c->c, &m->m);
}

void os_wake_all(struct os_cond *c)
{
  (void)pthread_cond_broadcast(&c->c);
}
