/* A bounded queue of files. */
#include "run/queue.h"

#include <stdlib.h>

#include "os/os.h"

#define MAX_JOBS 4096 /* many tiny files */

struct hk_queue {
  struct os_mutex *mutex;
  struct os_cond *changed;
  struct hk_job *first, *last;
  size_t n_jobs, n_bytes, limit_bytes;
  bool ended;
};

struct hk_queue *hk_queue_open(size_t limit_bytes)
{
  struct hk_queue *const q = calloc(1, sizeof *q);
  if (q == NULL) return NULL;
  q->mutex = os_mutex_new();
  q->changed = os_cond_new();
  q->limit_bytes = limit_bytes;
  if (q->mutex != NULL && q->changed != NULL) return q;
  hk_queue_close(q);
  return NULL;
}

void hk_job_free(struct hk_job *j)
{
  if (j == NULL) return;
  hk_buf_done(&j->kept);
  free(j);
}

void hk_queue_close(struct hk_queue *q)
{
  if (q == NULL) return;
  while (q->first != NULL) {
    struct hk_job *const next = q->first->next;
    hk_job_free(q->first);
    q->first = next;
  }
  os_cond_free(q->changed);
  os_mutex_free(q->mutex);
  free(q);
}

void hk_queue_put(struct hk_queue *q, struct hk_job *j)
{
  os_lock(q->mutex);
  while (q->n_jobs > 0 && (q->n_jobs >= MAX_JOBS || q->n_bytes + j->kept.n > q->limit_bytes)) os_wait(q->changed, q->mutex);
  j->next = NULL;
  if (q->last == NULL)
    q->first = j;
  else
    q->last->next = j;
  q->last = j;
  q->n_jobs++;
  q->n_bytes += j->kept.n;
  os_wake_all(q->changed);
  os_unlock(q->mutex);
}

void hk_queue_end(struct hk_queue *q)
{
  os_lock(q->mutex);
  q->ended = true;
  os_wake_all(q->changed);
  os_unlock(q->mutex);
}

struct hk_job *hk_queue_take(struct hk_queue *q)
{
  os_lock(q->mutex);
  while (q->first == NULL && !q->ended) os_wait(q->changed, q->mutex);
  struct hk_job *const j = q->first;
  if (j != NULL) {
    q->first = j->next;
    if (q->first == NULL) q->last = NULL;
    q->n_jobs--;
    q->n_bytes -= j->kept.n;
    os_wake_all(q->changed);
  }
  os_unlock(q->mutex);
  return j;
}
