/* The belt between the thread that reads and the thread that examines. Bounded by bytes: the reader waits when the
   examiner is behind, so memory stays flat whatever the files are. One producer, one consumer. */
#ifndef HK_RUN_QUEUE_H
#define HK_RUN_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "acquire/acquire.h"
#include "base/buf.h"

/* One file on its way, with its bytes; none when it is too large and must be read from the source again. */
struct hk_job {
  struct hk_job *next;
  const struct hk_planned *file;
  struct hk_acquired acquired;
  struct hk_buf kept;
  bool left_out;  /* not read, or not to its end, by a limit, an option or for want of space: nobody's loss, but coverage says so */
  bool too_large; /* not kept: read it again */
};

struct hk_queue;
struct hk_queue *hk_queue_open(size_t limit_bytes);
void hk_queue_close(struct hk_queue *q);
/* Takes the job; waits while the belt is full. */
void hk_queue_put(struct hk_queue *q, struct hk_job *j);
/* No more will come. */
void hk_queue_end(struct hk_queue *q);
/* The next job, NULL at the end. */
struct hk_job *hk_queue_take(struct hk_queue *q);
void hk_job_free(struct hk_job *j);

#endif
