/* Answers of the running Windows to records. */
#include "lib/state.h"

#include <string.h>

#include "base/json_read.h"

#define VERSION 1
#define LINE_BYTES_MAX ((size_t)1 << 20)
#define ROW_BYTES ((size_t)4 << 20)
#define STOP_EVERY 1024u

struct answer {
  struct hk_item *item;
  const struct state_topic *topic;
  hk_time asked_at;
  uint64_t n_rows;
  bool ended;
  hk_err outcome; /* as the end tells it */
  bool partial;
  void *own;
  _Alignas(16) uint8_t record[2048]; /* as the struct of the topic's type */
};

static hk_str text_of(const struct hk_json_object *o, const char *key)
{
  const struct hk_json_member *const m = hk_json_find(o, key);
  return m != NULL && m->kind == HK_JSON_STR ? m->text : HK_S("");
}

static int64_t number_of(const struct hk_json_object *o, const char *key, int64_t otherwise)
{
  const struct hk_json_member *const m = hk_json_find(o, key);
  return m != NULL && m->kind == HK_JSON_INT ? m->number : otherwise;
}

/* ---- a row ------------------------------------------------------------------------------------------------------------------ */

static void put(uint8_t *record, const struct hk_field *f, const void *value, size_t n)
{
  memcpy(record + f->offset, value, n);
}

/* False: the member is not of the field's type. null is what is not there. */
static bool set(uint8_t *record, const struct hk_field *f, const struct hk_json_member *m)
{
  const bool yes = m->number != 0;
  const struct hk_strs list = {.v = m->list, .n = m->n_list};
  hk_time t = HK_TIME_UNKNOWN;
  if (m->kind == HK_JSON_NULL) return true;
  switch (f->type) {
  case HK_T_STR:
    if (m->kind != HK_JSON_STR) return false;
    put(record, f, &m->text, sizeof m->text);
    return true;
  case HK_T_INT:
  case HK_T_OPT:
    if (m->kind != HK_JSON_INT) return false;
    put(record, f, &m->number, sizeof m->number);
    return true;
  case HK_T_BOOL:
    if (m->kind != HK_JSON_BOOL) return false;
    put(record, f, &yes, sizeof yes);
    return true;
  case HK_T_TIME:
    if (m->kind != HK_JSON_STR || !hk_time_parse_iso(m->text, &t)) return false;
    put(record, f, &t, sizeof t);
    return true;
  case HK_T_STRS:
    if (m->kind != HK_JSON_LIST_OF_STR) return false;
    put(record, f, &list, sizeof list);
    return true;
  default:
    return false;
  }
}

static void begin_record(struct answer *a)
{
  const struct hk_record_type *const t = a->topic->type;
  const int64_t none = HK_NO_INT;
  memset(a->record, 0, sizeof a->record);
  for (size_t i = 0; i < t->n_fields; i++) {
    if (t->fields[i].type == HK_T_OPT) put(a->record, &t->fields[i], &none, sizeof none);
    if (strcmp(t->fields[i].name, "seen_at") == 0) put(a->record, &t->fields[i], &a->asked_at, sizeof a->asked_at);
  }
}

static void read_row(struct answer *a, struct hk_arena *arena, const struct hk_json_object *o, int64_t at)
{
  const struct hk_record_type *const t = a->topic->type;
  bool odd = false;
  begin_record(a);
  for (size_t i = 0; i < t->n_fields; i++) {
    const struct hk_json_member *const m = hk_json_find(o, t->fields[i].name);
    if (m != NULL && strcmp(t->fields[i].name, "seen_at") != 0 && !set(a->record, &t->fields[i], m)) odd = true;
  }
  if (odd) hk_note(a->item, hk_fail(HK_DAMAGED, "read a row: a member of another type", at));
  struct state_row row = {.item = a->item, .arena = arena, .type = t, .record = a->record, .asked_at = a->asked_at, .own = &a->own};
  a->n_rows++;
  if (a->topic->complete == NULL || a->topic->complete(&row)) hk_emit(a->item, t, 0, a->record);
}

static void read_end(struct answer *a, const struct hk_json_object *o, int64_t at)
{
  const hk_str outcome = text_of(o, "outcome");
  char name[32] = "";
  if (outcome.n < sizeof name) memcpy(name, outcome.p, outcome.n);
  const int code = hk_code_from_name(name);
  const struct hk_json_member *const partial = hk_json_find(o, "partial");
  const char *const step = hk_str_z(hk_item_arena(a->item), hk_str_sub(text_of(o, "step"), 0, 200));
  const int64_t os = number_of(o, "os", 0);
  a->ended = true;
  a->partial = partial != NULL && partial->kind == HK_JSON_BOOL && partial->number != 0;
  /* These the broker says of the examiner, and of nobody else. */
  const bool known = code >= 0 && code != HK_CRASHED && code != HK_REFUSED;
  a->outcome = (hk_err){.code = known ? code : HK_DAMAGED,
                        .os = os > 0 && os <= INT32_MAX ? (int)os : 0,
                        .offset = HK_NO_OFFSET,
                        .step = step == NULL || step[0] == 0 ? "ask Windows" : step};
  if (number_of(o, "rows", -1) != (int64_t)a->n_rows)
    hk_note(a->item, hk_fail(HK_DAMAGED, "count rows: more or fewer than were written", at));
}

/* ---- the whole ------------------------------------------------------------------------------------------------------------------ */

static hk_err read_header(struct hk_cur *text, const struct state_topic *topics, size_t n, struct answer *a)
{
  struct hk_cur line;
  struct hk_json_object o;
  if (!hk_json_next_line(text, &line) || line.size > LINE_BYTES_MAX) return hk_fail(HK_DAMAGED, "read the header", 0);
  HK_TRY(hk_json_read(&line, hk_item_arena(a->item), &o));
  const hk_str name = text_of(&o, "state");
  if (name.n == 0) return hk_fail(HK_DAMAGED, "read the header", 0);
  if (number_of(&o, "version", 0) != VERSION) return hk_fail(HK_UNSUPPORTED, "read the header: another version", 0);
  for (size_t i = 0; i < n; i++)
    if (hk_str_eq(name, hk_str_of(topics[i].name))) a->topic = &topics[i];
  if (a->topic == NULL) return hk_fail(HK_UNSUPPORTED, "read the header: another topic", 0);
  if (!hk_time_parse_iso(text_of(&o, "asked_at"), &a->asked_at)) return hk_fail(HK_DAMAGED, "read the time of asking", 0);
  return hk_ok();
}

static void read_line(struct answer *a, struct hk_arena *row, struct hk_cur *line, int64_t at)
{
  struct hk_json_object o;
  hk_err e = line->size > LINE_BYTES_MAX ? hk_fail(HK_LIMIT, "read a line: too long", 0) : hk_json_read(line, row, &o);
  if (e.code != HK_OK) {
    e.offset = at + (e.offset > 0 ? e.offset : 0);
    hk_note(a->item, e);
  } else if (a->ended) {
    hk_note(a->item, hk_fail(HK_DAMAGED, "read a line behind the end", at));
  } else if (hk_json_find(&o, "end") != NULL) {
    read_end(a, &o, at);
  } else {
    read_row(a, row, &o, at);
  }
}

static hk_err read_lines(struct answer *a, struct hk_cur *text)
{
  struct hk_arena row;
  struct hk_cur line;
  hk_err e = hk_ok();
  hk_arena_init(&row, ROW_BYTES);
  int64_t at = (int64_t)text->pos;
  for (unsigned i = 0; e.code == HK_OK && hk_json_next_line(text, &line); i++) {
    if (i % STOP_EVERY == 0 && hk_item_stop(a->item)) e = hk_fail(HK_CANCELLED, "read rows", at);
    if (e.code == HK_OK) read_line(a, &row, &line, at);
    if (row.head != NULL) hk_arena_done(&row);
    at = (int64_t)text->pos;
  }
  hk_arena_done(&row);
  return e;
}

hk_err state_parse(struct hk_item *item, const struct state_topic *topics, size_t n)
{
  struct answer *const a = hk_new(hk_item_arena(item), struct answer, 1);
  struct hk_cur text;
  if (a == NULL) return hk_fail(HK_MEMORY, "read an answer", HK_NO_OFFSET);
  a->item = item;
  a->outcome = hk_ok();
  HK_TRY(hk_item_whole(item, STATE_BYTES_MAX, &text));
  HK_TRY(read_header(&text, topics, n, a));
  if (a->topic->type->struct_size > sizeof a->record) return hk_fail(HK_LIMIT, "make a record", HK_NO_OFFSET);
  HK_TRY(read_lines(a, &text));
  if (!a->ended) a->outcome = hk_fail(HK_TRUNCATED, "find the end of the answer", (int64_t)text.size);
  /* Without rows the question itself failed; with them some are missing, and the others are good. */
  const bool nothing = a->outcome.code != HK_OK && a->n_rows == 0 && !a->partial;
  if (nothing) return a->outcome;
  hk_note(item, a->outcome);
  for (size_t i = 0; i < a->topic->n_kinds; i++)
    hk_cover(item, a->topic->kinds[i], HK_S(""), a->asked_at, a->asked_at, a->outcome.code != HK_OK, a->outcome.code == HK_OK ? "" : a->outcome.step);
  return hk_ok();
}

hk_str state_name_of(struct hk_arena *a, hk_str domain, hk_str user)
{
  if (user.n == 0) return (hk_str){.p = NULL, .n = 0};
  if (domain.n == 0) return hk_str_printf(a, "name:%.*s", (int)user.n, user.p);
  return hk_str_printf(a, "name:%.*s\\%.*s", (int)domain.n, domain.p, (int)user.n, user.p);
}
