/* coverage.json: every coverage row; what could not be read or was not recorded first, then what was examined, then
   what is not on the PC. Times since which a kind of log would have shown something; null = no claim. */
#include "base/json.h"
#include "report/view.h"

struct writer {
  struct hk_json j;
  struct hk_buf b;
  struct hk_out *out;
};

static hk_err flush(struct writer *w)
{
  if (w->b.failed) return hk_fail(HK_MEMORY, "write coverage.json", HK_NO_OFFSET);
  const hk_err e = w->b.n > 0 ? w->out->write(w->out, w->b.p, w->b.n) : hk_ok();
  hk_buf_reset(&w->b);
  return e;
}

static hk_err row(void *ctx, const struct hk_view_cover *c)
{
  struct writer *const w = ctx;
  struct hk_json *const j = &w->j;
  hk_json_open(j, '{');
  hk_json_put_str(j, "kind", c->kind->name);
  hk_json_put_str(j, "source", c->kind->source);
  hk_json_put_str(j, "group", c->kind->group);
  hk_json_put_str(j, "module", c->module);
  hk_json_put_str(j, "instance", c->instance);
  hk_json_put_str(j, "state", c->state);
  hk_json_put_int(j, "n", c->n);
  hk_json_put_time(j, "from", c->lo);
  hk_json_put_time(j, "to", c->hi);
  hk_json_put_str(j, "why", c->why);
  if (c->proof_kind != NULL) hk_json_put_str(j, "proven_by", c->proof_kind->name);
  if (c->artefact > 0) {
    hk_json_put_int(j, "artefact", c->artefact);
    hk_json_put_str(j, "how", c->how);
  }
  hk_json_close(j, '}');
  return flush(w);
}

hk_err hk_report_coverage_json(struct hk_facts *f, struct hk_out *out)
{
  struct hk_view v;
  HK_TRY(hk_view_open(hk_facts_db(f), NULL, NULL, &v));
  struct writer w = {.out = out};
  hk_buf_init(&w.b, 1 << 20);
  hk_json_init(&w.j, &w.b);
  hk_json_open(&w.j, '{');
  hk_json_put_z(&w.j, "format", "hikeshi-coverage");
  hk_json_put_z(&w.j, "version", "0.1");
  hk_json_put_open(&w.j, "rows", '[');
  hk_err e = hk_view_each_cover(&v, row, &w);
  hk_json_close(&w.j, ']');
  hk_json_close(&w.j, '}');
  hk_buf_u8(&w.b, '\n');
  if (e.code == HK_OK) e = flush(&w);
  hk_buf_done(&w.b);
  hk_view_close(&v);
  return e;
}
