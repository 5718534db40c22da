/* What the files that write answers.json share. */
#ifndef HK_REPORT_ANSWERS_IMPL_H
#define HK_REPORT_ANSWERS_IMPL_H

#include "base/json.h"
#include "report/impl.h"

#define HK_ANSWERS_FLUSH_AT ((size_t)1 << 16)

struct hk_answers_writer {
  struct hk_json j;
  struct hk_buf b; /* what j wrote and nobody has got yet */
  struct hk_out *out;
  struct hk_view *v;
  const struct hk_chain *chain;
  const struct hk_cover_table *cover;
  struct hk_arena arena;
};

/* answers_write.c */
hk_err hk_answers_flush(struct hk_answers_writer *w);
/* {"ja": …, "en": …}, as a member or by itself. */
void hk_answers_text(struct hk_answers_writer *w, const char *key, struct hk_text t);
void hk_answers_text_value(struct hk_answers_writer *w, struct hk_text t);
/* "E07"; nothing for 0. */
void hk_answers_file_ref(struct hk_answers_writer *w, int64_t artefact);

/* answers_findings.c: one of the five answers, with its findings and candidates. */
hk_err hk_answers_one(struct hk_answers_writer *w, const struct hk_answer *a);
/* answers_events.c: the events, as rows of numbers and names. */
hk_err hk_answers_events(struct hk_answers_writer *w);

#endif
