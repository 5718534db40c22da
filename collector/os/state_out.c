/* Answers as lines of JSON. */
#include "os/state_out.h"

#define END_BYTES ((size_t)4096) /* kept free for the end, which must be told whatever came before */

void state_begin(struct state_out *o, const char *topic, hk_time asked_at)
{
  *o = (struct state_out){.topic = topic, .problem = hk_ok()};
  hk_buf_init(&o->text, OS_STATE_BYTES);
  hk_json_init(&o->json, &o->text);
  hk_json_open(&o->json, '{');
  hk_json_put_z(&o->json, "state", topic);
  hk_json_put_int(&o->json, "version", OS_STATE_VERSION);
  hk_json_put_time(&o->json, "asked_at", asked_at);
  hk_json_close(&o->json, '}');
  hk_buf_u8(&o->text, '\n');
}

void state_problem(struct state_out *o, hk_err e)
{
  if (o->problem.code == HK_OK) o->problem = e;
}

void state_gap(struct state_out *o, hk_err e)
{
  if (o->problem.code == HK_OK) o->partial = true;
  state_problem(o, e);
}

void state_end(struct state_out *o)
{
  hk_json_init(&o->json, &o->text);
  hk_json_open(&o->json, '{');
  hk_json_put_z(&o->json, "end", o->topic);
  hk_json_put_int(&o->json, "rows", (int64_t)o->n_rows);
  hk_json_put_z(&o->json, "outcome", hk_code_name(o->problem.code));
  hk_json_put_bool(&o->json, "partial", o->partial);
  hk_json_put_int(&o->json, "os", o->problem.os);
  hk_json_put_z(&o->json, "step", o->problem.step == NULL ? "" : o->problem.step);
  hk_json_close(&o->json, '}');
  hk_buf_u8(&o->text, '\n');
}

bool state_row(struct state_out *o)
{
  if (o->full) return false;
  o->row_at = o->text.n;
  hk_json_init(&o->json, &o->text);
  hk_json_open(&o->json, '{');
  return true;
}

/* A row without room is taken back; smaller ones behind it are left out, too: nobody shall wonder which are missing. */
void state_row_end(struct state_out *o)
{
  hk_json_close(&o->json, '}');
  hk_buf_u8(&o->text, '\n');
  if (!o->text.failed && o->text.n <= OS_STATE_BYTES - END_BYTES) {
    o->n_rows++;
    return;
  }
  o->text.failed = false;
  o->text.n = o->row_at;
  o->full = true;
  state_gap(o, hk_fail(HK_LIMIT, "write down an answer: too long", HK_NO_OFFSET));
}

void state_str(struct state_out *o, const char *key, hk_str s)
{
  if (s.p == NULL) return;
  hk_json_put_str(&o->json, key, s);
}

void state_int(struct state_out *o, const char *key, int64_t v)
{
  hk_json_put_int(&o->json, key, v);
}

void state_uint(struct state_out *o, const char *key, uint64_t v)
{
  state_int(o, key, v > INT64_MAX ? INT64_MAX : (int64_t)v);
}

void state_bool(struct state_out *o, const char *key, bool v)
{
  hk_json_put_bool(&o->json, key, v);
}

void state_time(struct state_out *o, const char *key, hk_time t)
{
  if (t == HK_TIME_UNKNOWN) return;
  hk_json_put_time(&o->json, key, t);
}

void state_list(struct state_out *o, const char *key, const hk_str *v, size_t n)
{
  hk_json_put_strs(&o->json, key, v, n);
}
