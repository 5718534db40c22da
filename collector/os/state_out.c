/* Answers as lines of JSON. */
#include "os/state_out.h"

#define END_BYTES ((size_t)4096) /* kept free for the end, which must be told whatever came before */

void state_begin(struct state_out *o, const char *topic, hk_time asked_at)
{
  *o = (struct state_out){.topic = topic, .problem = hk_ok()};
  hk_buf_init(&o->text, OS_STATE_BYTES);
  hk_json_init(&o->json, &o->text);
  hk_json_open(&o->json, '{');
  hk_json_key(&o->json, "state");
  hk_json_z(&o->json, topic);
  hk_json_key(&o->json, "version");
  hk_json_int(&o->json, OS_STATE_VERSION);
  hk_json_key(&o->json, "asked_at");
  hk_json_time(&o->json, asked_at);
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
  hk_json_key(&o->json, "end");
  hk_json_z(&o->json, o->topic);
  hk_json_key(&o->json, "rows");
  hk_json_int(&o->json, (int64_t)o->n_rows);
  hk_json_key(&o->json, "outcome");
  hk_json_z(&o->json, hk_code_name(o->problem.code));
  hk_json_key(&o->json, "partial");
  hk_json_bool(&o->json, o->partial);
  hk_json_key(&o->json, "os");
  hk_json_int(&o->json, o->problem.os);
  hk_json_key(&o->json, "step");
  hk_json_z(&o->json, o->problem.step == NULL ? "" : o->problem.step);
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
  hk_json_key(&o->json, key);
  hk_json_str(&o->json, s);
}

void state_int(struct state_out *o, const char *key, int64_t v)
{
  hk_json_key(&o->json, key);
  hk_json_int(&o->json, v);
}

void state_uint(struct state_out *o, const char *key, uint64_t v)
{
  state_int(o, key, v > INT64_MAX ? INT64_MAX : (int64_t)v);
}

void state_bool(struct state_out *o, const char *key, bool v)
{
  hk_json_key(&o->json, key);
  hk_json_bool(&o->json, v);
}

void state_time(struct state_out *o, const char *key, hk_time t)
{
  if (t == HK_TIME_UNKNOWN) return;
  hk_json_key(&o->json, key);
  hk_json_time(&o->json, t);
}

void state_list(struct state_out *o, const char *key, const hk_str *v, size_t n)
{
  hk_json_key(&o->json, key);
  hk_json_open(&o->json, '[');
  for (size_t i = 0; i < n; i++) hk_json_str(&o->json, v[i]);
  hk_json_close(&o->json, ']');
}
