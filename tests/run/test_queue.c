/* The belt between reader and examiner: order, bound, end. */
#include "check.h"

#include <stdatomic.h>

#include "os/os.h"
#include "run/queue.h"

static struct hk_job *job(size_t n_bytes)
{
  struct hk_job *const j = calloc(1, sizeof *j);
  static const uint8_t zeros[1000];
  hk_buf_init(&j->kept, sizeof zeros);
  hk_buf_add(&j->kept, zeros, n_bytes);
  return j;
}

struct reading {
  struct hk_queue *queue;
  size_t n_jobs, bytes_each;
  atomic_size_t n_put;
};

static void put_all(void *ctx)
{
  struct reading *const r = ctx;
  for (size_t i = 0; i < r->n_jobs; i++) {
    struct hk_job *const j = job(r->bytes_each);
    j->acquired.read_bytes = i;
    hk_queue_put(r->queue, j);
    atomic_fetch_add(&r->n_put, 1);
  }
  hk_queue_end(r->queue);
}

TEST(test_queue__gives_every_job_once_and_in_order)
{
  struct reading r = {.queue = hk_queue_open(1000), .n_jobs = 20000, .bytes_each = 10};
  struct os_thread *t = NULL;
  CHECK_EQ_INT(os_thread_start(put_all, &r, &t).code, HK_OK);
  uint64_t next = 0;
  for (struct hk_job *j = hk_queue_take(r.queue); j != NULL; j = hk_queue_take(r.queue)) {
    CHECK_EQ_INT(j->acquired.read_bytes, next++);
    hk_job_free(j);
  }
  os_thread_join(t);
  CHECK_EQ_INT(next, r.n_jobs);
  CHECK(hk_queue_take(r.queue) == NULL);
  hk_queue_close(r.queue);
}

TEST(test_queue__reader_waits_while_the_belt_is_full)
{
  struct reading r = {.queue = hk_queue_open(100), .n_jobs = 50, .bytes_each = 40};
  struct os_thread *t = NULL;
  CHECK_EQ_INT(os_thread_start(put_all, &r, &t).code, HK_OK);
  size_t taken = 0;
  for (struct hk_job *j = hk_queue_take(r.queue); j != NULL; j = hk_queue_take(r.queue)) {
    taken++;
    hk_job_free(j);
    CHECK(atomic_load(&r.n_put) <= taken + 2); /* two of 40 bytes lie on a belt of 100 */
  }
  os_thread_join(t);
  CHECK_EQ_INT(taken, 50);
  hk_queue_close(r.queue);
}

TEST(test_queue__one_job_larger_than_the_belt_passes)
{
  struct reading r = {.queue = hk_queue_open(10), .n_jobs = 3, .bytes_each = 1000};
  struct os_thread *t = NULL;
  CHECK_EQ_INT(os_thread_start(put_all, &r, &t).code, HK_OK);
  size_t taken = 0;
  for (struct hk_job *j = hk_queue_take(r.queue); j != NULL; j = hk_queue_take(r.queue), taken++)
    hk_job_free(j);
  os_thread_join(t);
  CHECK_EQ_INT(taken, 3);
  hk_queue_close(r.queue);
}

TEST(test_queue__what_was_not_taken_is_freed)
{
  struct hk_queue *const q = hk_queue_open(1000);
  hk_queue_put(q, job(10));
  hk_queue_put(q, job(10));
  hk_queue_close(q);
}
