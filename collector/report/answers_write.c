/* answers.json: what its parts are made of. */
#include "report/answers_impl.h"

hk_err hk_answers_flush(struct hk_answers_writer *w)
{
  if (w->b.failed) return hk_fail(HK_MEMORY, "write answers.json", HK_NO_OFFSET);
  const hk_err e = w->b.n > 0 ? w->out->write(w->out, w->b.p, w->b.n) : hk_ok();
  hk_buf_reset(&w->b);
  return e;
}

void hk_answers_text_value(struct hk_answers_writer *w, struct hk_text t)
{
  struct hk_json *const j = &w->j;
  hk_json_open(j, '{');
  hk_json_put_z(j, "ja", t.ja == NULL ? "" : t.ja);
  hk_json_put_z(j, "en", t.en == NULL ? "" : t.en);
  hk_json_close(j, '}');
}

void hk_answers_text(struct hk_answers_writer *w, const char *key, struct hk_text t)
{
  hk_json_key(&w->j, key);
  hk_answers_text_value(w, t);
}

void hk_answers_file_ref(struct hk_answers_writer *w, int64_t artefact)
{
  if (artefact > 0) hk_json_str(&w->j, hk_str_printf(&w->arena, "E%02lld", (long long)artefact));
}
