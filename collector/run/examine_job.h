/* The examining thread: takes files from the belt, has them examined, and writes facts, results and coverage. It alone
   touches those three. */
#ifndef HK_RUN_EXAMINE_JOB_H
#define HK_RUN_EXAMINE_JOB_H

#include "run/pipeline.h"

/* A file that was examined but not stored, and turned out to matter. */
struct hk_found {
  const struct hk_planned *file;
  int64_t artefact;
  const char *outcome; /* of its examination, with offset and step where it failed */
  int64_t offset;
  char step[128];
  bool lost; /* counted as such */
};

struct hk_examined {
  struct hk_run *run;
  struct hk_queue *queue;
  hk_err err; /* first error of facts, results or coverage: ends the run */
  hk_err broker; /* no child can be started any more: the rest is collected, not examined */
  struct hk_found *found; /* malloc'd */
  size_t n_found, found_capacity;
};

/* Body of the thread; ctx is a struct hk_examined. */
void hk_examine_jobs(void *ctx);

#endif
