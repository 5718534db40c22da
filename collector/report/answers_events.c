/* answers.json: the events, a row of numbers each; folders and accounts are numbered, for they repeat. */
#include "report/answers_impl.h"

/* Strings numbered as they appear. */
struct names {
  hk_str *v;
  size_t n, room;
  uint32_t *slots; /* number + 1, 0 = free */
  size_t n_slots;
};

static uint32_t hash_of(hk_str s)
{
  uint32_t h = 2166136261u;
  for (size_t i = 0; i < s.n; i++)
    h = (h ^ (uint8_t)s.p[i]) * 16777619u;
  return h;
}

static bool names_init(struct names *t, struct hk_arena *a, size_t room)
{
  t->room = room;
  t->n_slots = 16;
  while (t->n_slots < 2 * room)
    t->n_slots *= 2;
  t->v = hk_new(a, hk_str, room);
  t->slots = hk_new(a, uint32_t, t->n_slots);
  return t->v != NULL && t->slots != NULL;
}

static int64_t name_number(struct names *t, struct hk_arena *a, hk_str s)
{
  size_t slot = hash_of(s) & (t->n_slots - 1);
  while (t->slots[slot] != 0) {
    if (hk_str_eq(t->v[t->slots[slot] - 1], s)) return t->slots[slot] - 1;
    slot = (slot + 1) & (t->n_slots - 1);
  }
  if (t->n == t->room) return 0;
  t->v[t->n++] = hk_str_copy(a, s);
  t->slots[slot] = (uint32_t)t->n;
  return (int64_t)t->n - 1;
}

struct rows {
  struct hk_answers_writer *w;
  struct hk_pick pick;
  struct names dirs, accounts;
  struct hk_arena scratch;
};

static hk_err row(void *ctx, int64_t id, hk_time at)
{
  struct rows *const r = ctx;
  struct hk_answers_writer *const w = r->w;
  struct hk_view_event e;
  if (!hk_pick_takes(&r->pick, w->v, id, at)) return hk_ok();
  hk_arena_done(&r->scratch);
  HK_TRY(hk_view_keep(w->v, id, &r->scratch, &e));
  const size_t slash = hk_str_rfind(e.path, '\\');
  const bool split = e.path.n > 0 && slash < e.path.n && slash + 1 < e.path.n;
  const hk_str object = split ? hk_str_sub(e.path, slash + 1, e.path.n) : hk_view_object(w->v, &e);
  const hk_str dir = split ? hk_str_sub(e.path, 0, slash) : hk_str_of("");
  if (r->pick.n > 1) hk_buf_z(&w->b, ",\n");
  hk_buf_u8(&w->b, '[');
  struct hk_json j; /* rows are written on lines of their own */
  hk_json_init(&j, &w->b);
  hk_json_int(&j, hk_time_to_unix_us(e.at) / 1000);
  hk_json_int(&j, (int64_t)e.kind->lane);
  hk_json_int(&j, (int64_t)e.verb);
  hk_json_int(&j, name_number(&r->dirs, &w->arena, dir));
  hk_json_str(&j, object);
  hk_json_int(&j, name_number(&r->accounts, &w->arena, hk_view_account(&r->scratch, &e)));
  if (e.artefact > 0) {
    hk_json_str(&j, hk_str_printf(&r->scratch, "E%02lld", (long long)e.artefact));
  } else {
    hk_json_z(&j, "");
  }
  hk_json_int(&j, hk_view_is_key(w->v, id) ? 1 : 0);
  hk_buf_u8(&w->b, ']');
  return w->b.n > HK_ANSWERS_FLUSH_AT ? hk_answers_flush(w) : hk_ok();
}

hk_err hk_answers_events(struct hk_answers_writer *w)
{
  struct hk_json *const j = &w->j;
  static const char *const columns[] = {"time_ms_utc", "source", "kind", "dir", "name", "account", "evidence", "key"};
  struct rows r = {.w = w};
  const size_t room = w->v->n_timed < HK_PAGE_ROWS ? (size_t)w->v->n_timed : HK_PAGE_ROWS;
  if (!names_init(&r.dirs, &w->arena, room + 1) || !names_init(&r.accounts, &w->arena, room + 1))
    return hk_fail(HK_MEMORY, "number names for answers.json", HK_NO_OFFSET);
  (void)name_number(&r.dirs, &w->arena, hk_str_of(""));
  (void)name_number(&r.accounts, &w->arena, hk_str_of(""));
  HK_TRY(hk_pick_make(w->v, w->chain->onset, HK_PAGE_ROWS, &r.pick));
  hk_arena_init(&r.scratch, 1 << 24);
  hk_json_put_open(j, "events", '{');
  hk_json_key(j, "onset");
  if (w->chain->onset != 0)
    hk_json_int(j, hk_time_to_unix_us(w->chain->onset) / 1000);
  else
    hk_json_null(j);
  hk_json_put_int(j, "total", (int64_t)w->v->n_timed);
  hk_json_put_open(j, "columns", '[');
  for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
    hk_json_z(j, columns[i]);
  hk_json_close(j, ']');
  hk_json_put_strs(j, "sources", w->v->groups, w->v->n_groups);
  hk_json_put_open(j, "kinds", '[');
  for (int v = 0; v < HK_VERB_COUNT; v++)
    hk_json_z(j, hk_verb_name((enum hk_verb)v));
  hk_json_close(j, ']');
  hk_json_put_open(j, "rows", '[');
  const hk_err e = hk_view_each_timed(w->v, row, &r);
  hk_arena_done(&r.scratch);
  if (e.code != HK_OK) return e;
  hk_json_close(j, ']');
  hk_json_put_strs(j, "dirs", r.dirs.v, r.dirs.n); /* after the rows: they were numbered there */
  hk_json_put_strs(j, "accounts", r.accounts.v, r.accounts.n);
  hk_json_close(j, '}');
  return hk_answers_flush(w);
}
