/* timeline.jsonl: every event that has a time, once, ordered by time, in the form Timesketch imports (message,
   datetime, timestamp_desc; timestamp in microseconds). Our own fields keep these names:

     event record verb kind proof path other_path user user_name host url hash pid parent_pid number text source
   artefact

   `source` is the path of the artefact the record was read from, `artefact` its number in case.sqlite; fields without a
   value are left out. */
#include <stdio.h>

#include "base/json.h"
#include "report/html.h"
#include "report/view.h"

#define FLUSH_AT ((size_t)1 << 16)
#define FIELD_BYTES 32000 /* Timesketch does not index longer values as keywords */

struct lines {
  struct hk_view *v;
  struct hk_out *out;
  struct hk_buf b;
  struct hk_buf message; /* of the line being written; kept, because a million lines would allocate a million times */
  struct hk_buf source;  /* path of the artefact read last: neighbours in time often share it */
  int64_t source_id;
  struct hk_arena arena;
};

static hk_err flush(struct lines *l)
{
  if (l->b.failed) return hk_fail(HK_MEMORY, "write timeline.jsonl", HK_NO_OFFSET);
  const hk_err e = l->b.n > 0 ? l->out->write(l->out, l->b.p, l->b.n) : hk_ok();
  hk_buf_reset(&l->b);
  return e;
}

static hk_str shorter(hk_str s)
{
  if (s.n <= FIELD_BYTES) return s;
  size_t end = FIELD_BYTES;
  while (end > 0 && ((uint8_t)s.p[end] & 0xC0) == 0x80)
    end--;
  return hk_str_sub(s, 0, end);
}

static void str(struct hk_json *j, const char *key, hk_str s)
{
  if (s.n == 0) return;
  hk_json_put_str(j, key, shorter(s));
}

static void number(struct hk_json *j, const char *key, int64_t n)
{
  if (n == HK_NO_INT) return;
  hk_json_put_int(j, key, n);
}

/* 2026-03-10T01:41:00.123456+00:00 */
static void datetime(struct hk_json *j, hk_time t)
{
  char text[64];
  const struct hk_civil c = hk_time_civil(t);
  (void)snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%06d+00:00", c.year, c.month, c.day, c.hour,
                 c.minute, c.second, c.tick / 10);
  hk_json_put_z(j, "datetime", text);
}

/* "Executed: C:\x.exe [text] <- url (EXAMPLE\sato)". */
static hk_str message(struct lines *l, const struct hk_view_event *e, hk_str text, hk_str user)
{
  struct hk_buf *const b = &l->message;
  const hk_str object = e->path.n == 0 && e->url.n == 0 && text.n > 0 ? text : hk_view_object(l->v, e);
  hk_buf_reset(b);
  hk_buf_z(b, hk_verb_label(e->verb).en);
  if (object.n > 0) hk_buf_z(b, ": ");
  hk_visible_name(b, object);
  if (text.n > 0 && (e->path.n > 0 || e->url.n > 0)) {
    hk_buf_z(b, " [");
    hk_visible_name(b, text);
    hk_buf_u8(b, ']');
  }
  if (e->path.n > 0 && e->url.n > 0) {
    hk_buf_z(b, " <- ");
    hk_visible_name(b, e->url);
  }
  if (user.n > 0) {
    hk_buf_z(b, " (");
    hk_visible_name(b, user);
    hk_buf_u8(b, ')');
  }
  return shorter(hk_buf_view(b));
}

static hk_str source_of(struct lines *l, int64_t artefact)
{
  struct hk_view_artefact a;
  if (artefact != l->source_id) {
    hk_buf_reset(&l->source);
    l->source_id = artefact;
    if (hk_view_artefact(l->v, artefact, &a).code == HK_OK) hk_buf_str(&l->source, a.path);
  }
  return hk_buf_view(&l->source);
}

static hk_err line(void *ctx, int64_t id, hk_time at)
{
  struct lines *const l = ctx;
  struct hk_view_event e;
  HK_TRY(hk_view_event(l->v, id, &e));
  const hk_str text = hk_view_text(l->v, &e);
  if (e.account != 0) hk_arena_done(&l->arena);
  const hk_str user = e.account == 0 ? hk_str_of("") : hk_view_account(&l->arena, &e);
  struct hk_json j;
  hk_json_init(&j, &l->b);
  hk_json_open(&j, '{');
  str(&j, "message", message(l, &e, text, user));
  datetime(&j, at);
  hk_json_put_z(&j, "timestamp_desc", hk_verb_label(e.verb).en);
  number(&j, "timestamp", hk_time_to_unix_us(at));
  number(&j, "event", e.id);
  if (e.type != NULL) str(&j, "record", e.type->name);
  hk_json_put_z(&j, "verb", hk_verb_name(e.verb));
  str(&j, "kind", e.kind->name);
  number(&j, "proof", e.proof);
  str(&j, "path", e.path);
  str(&j, "other_path", e.path2);
  str(&j, "user", e.sid);
  str(&j, "user_name", user);
  str(&j, "host", e.host);
  str(&j, "url", e.url);
  str(&j, "hash", e.hash);
  number(&j, "pid", e.pid);
  number(&j, "parent_pid", e.ppid);
  number(&j, "number", e.number);
  str(&j, "text", text);
  if (e.artefact > 0) {
    str(&j, "source", source_of(l, e.artefact));
    number(&j, "artefact", e.artefact);
  }
  hk_json_close(&j, '}');
  hk_buf_u8(&l->b, '\n');
  return l->b.n > FLUSH_AT || l->b.failed ? flush(l) : hk_ok();
}

hk_err hk_report_timeline(struct hk_facts *f, struct hk_out *out)
{
  struct hk_view v;
  HK_TRY(hk_view_open(hk_facts_db(f), NULL, NULL, &v));
  struct lines l = {.v = &v, .out = out, .source_id = -1};
  hk_buf_init(&l.b, (size_t)64 << 20);
  hk_buf_init(&l.message, 1 << 22);
  hk_buf_init(&l.source, 1 << 20);
  hk_arena_init(&l.arena, (size_t)16 << 20);
  hk_err e = hk_view_each_timed(&v, line, &l);
  if (e.code == HK_OK) e = flush(&l);
  hk_buf_done(&l.b);
  hk_buf_done(&l.message);
  hk_buf_done(&l.source);
  hk_arena_done(&l.arena);
  hk_view_close(&v);
  return e;
}
