/* The volume "state:" in front of a live source. Everything else is handed on. */
#include "source/state.h"

#include <stdlib.h>
#include <string.h>

#include "os/state.h"

#define MAX_TOPICS 64

struct answer {
  struct hk_buf text;
  hk_time asked_at;
};

struct with_state {
  struct hk_source source;
  struct hk_source_ops ops; /* method and completeness are those of the source below */
  struct hk_source *below;
  struct os_state *state;   /* NULL: nothing is asked */
  enum hk_state_asking how;
  bool asked;
  struct answer answers[MAX_TOPICS];
  size_t n;
};

struct state_stream {
  struct hk_stream stream;
  const struct hk_buf *text;
  size_t at;
};

static struct with_state *mine(struct hk_source *s)
{
  return (struct with_state *)(void *)s;
}

static bool is_state(hk_str path)
{
  const hk_str volume = HK_S(HK_STATE_VOLUME);
  return hk_str_ieq(hk_str_sub(path, 0, volume.n), volume);
}

static hk_str path_of(struct hk_arena *a, size_t topic)
{
  return hk_str_printf(a, "%s\\%s.jsonl", HK_STATE_VOLUME, os_state_name(topic));
}

static struct hk_entry entry_of(const struct with_state *w, size_t topic, hk_str path)
{
  const struct answer *const t = &w->answers[topic];
  return (struct hk_entry){
      .path = path, .size_bytes = t->text.n, .born_at = t->asked_at, .modified_at = t->asked_at, .n_links = 1};
}

/* ---- asking and finding ---------------------------------------------------------------------------------------------------- */

static hk_err ask_all(struct with_state *w, bool (*stop)(void))
{
  if (w->asked || w->how != HK_STATE_ASK) return hk_ok();
  w->asked = true;
  for (size_t i = 0; i < w->n; i++) {
    if (stop != NULL && stop()) return hk_fail(HK_CANCELLED, "ask for the state of this PC", HK_NO_OFFSET);
    HK_TRY(os_state_ask(w->state, i, stop, &w->answers[i].text, &w->answers[i].asked_at));
  }
  return hk_ok();
}

static bool name_topic(struct with_state *w, size_t topic, const struct hk_globs *globs, const struct hk_finder *finder,
                       struct hk_arena *a)
{
  const hk_str path = path_of(a, topic);
  uint32_t *const v = hk_new(a, uint32_t, globs->n);
  struct hk_hits hits = {.v = v};
  for (size_t g = 0; v != NULL && g < globs->n; g++)
    if (hk_glob_match(globs->v[g], path)) v[hits.n++] = (uint32_t)g;
  const struct hk_entry entry = entry_of(w, topic, path);
  return hits.n == 0 || finder->on_entry(finder->ctx, &entry, &hits);
}

static hk_err name_topics(struct with_state *w, const struct hk_globs *globs, const struct hk_finder *finder, bool *more)
{
  struct hk_arena a;
  hk_arena_init(&a, 0);
  for (size_t i = 0; i < w->n && *more && !a.spent; i++) {
    if (w->how == HK_STATE_ASK && w->answers[i].text.n == 0) continue; /* interrupted before it was asked */
    *more = name_topic(w, i, globs, finder, &a);
  }
  const bool spent = a.spent;
  hk_arena_done(&a);
  return spent ? hk_fail(HK_MEMORY, "find files", HK_NO_OFFSET) : hk_ok();
}

static hk_err state_find(struct hk_source *s, const struct hk_globs *globs, const struct hk_finder *finder)
{
  struct with_state *const w = mine(s);
  bool more = true;
  const hk_err asked = ask_all(w, finder->stop);
  if (w->how == HK_STATE_LEAVE && finder->on_error != NULL)
    finder->on_error(finder->ctx, HK_S(HK_STATE_VOLUME),
                     hk_fail(HK_SKIPPED, "ask for the state of this PC: left out by --no-state", HK_NO_OFFSET));
  if (w->how != HK_STATE_LEAVE) HK_TRY(name_topics(w, globs, finder, &more));
  HK_TRY(asked);
  return more ? w->below->ops->find(w->below, globs, finder) : hk_ok();
}

/* ---- reading ------------------------------------------------------------------------------------------------------------------ */

static hk_err read_at(struct hk_bytes *self, uint64_t offset, void *out, size_t n, size_t *got)
{
  const struct hk_buf *const text = ((struct state_stream *)(void *)self)->text;
  const size_t at = offset < text->n ? (size_t)offset : text->n;
  *got = n < text->n - at ? n : text->n - at;
  if (*got > 0) memcpy(out, text->p + at, *got);
  return hk_ok();
}

static hk_err read_on(struct hk_stream *s, void *out, size_t n, size_t *got)
{
  struct state_stream *const t = (struct state_stream *)(void *)s;
  HK_TRY(read_at(&s->bytes, t->at, out, n, got));
  t->at += *got;
  return hk_ok();
}

static void close_stream(struct hk_stream *s)
{
  free(s);
}

static hk_err look_up(const struct with_state *w, hk_str path, size_t *topic)
{
  struct hk_arena a;
  hk_arena_init(&a, 0);
  size_t i = 0;
  while (i < w->n && !hk_str_ieq(path_of(&a, i), path)) i++;
  hk_arena_done(&a);
  if (i == w->n) return hk_fail(HK_ABSENT, "find what was asked", HK_NO_OFFSET);
  *topic = i;
  return hk_ok();
}

static hk_err state_open(struct hk_source *s, hk_str path, struct hk_stream **out)
{
  const struct with_state *const w = mine(s);
  if (!is_state(path)) return w->below->ops->open(w->below, path, out);
  size_t i = 0;
  HK_TRY(look_up(w, path, &i));
  if (w->answers[i].text.n == 0) return hk_fail(HK_SKIPPED, "open: Windows was not asked", HK_NO_OFFSET);
  struct state_stream *const t = calloc(1, sizeof *t);
  if (t == NULL) return hk_fail(HK_MEMORY, "open", HK_NO_OFFSET);
  t->text = &w->answers[i].text;
  t->stream = (struct hk_stream){
      .bytes = {.size_bytes = t->text->n, .read_at = read_at}, .read = read_on, .method = "api", .close = close_stream};
  *out = &t->stream;
  return hk_ok();
}

static hk_err state_stat(struct hk_source *s, hk_str path, struct hk_arena *a, struct hk_entry *out)
{
  const struct with_state *const w = mine(s);
  if (!is_state(path)) return w->below->ops->stat(w->below, path, a, out);
  size_t i = 0;
  HK_TRY(look_up(w, path, &i));
  *out = entry_of(w, i, path);
  return hk_ok();
}

static hk_err state_owner(struct hk_source *s, hk_str path, struct hk_arena *a, hk_str *sid)
{
  const struct with_state *const w = mine(s);
  if (!is_state(path)) return w->below->ops->owner(w->below, path, a, sid);
  *sid = HK_S("");
  return hk_ok();
}

static hk_err state_shadows(struct hk_source *s, bool (*on)(void *ctx, const struct hk_shadow *x), void *ctx)
{
  const struct with_state *const w = mine(s);
  return w->below->ops->shadows(w->below, on, ctx);
}

static void state_close(struct hk_source *s)
{
  struct with_state *const w = mine(s);
  w->below->ops->close(w->below);
  os_state_close(w->state);
  for (size_t i = 0; i < w->n; i++) hk_buf_done(&w->answers[i].text);
  free(w);
}

hk_err hk_source_with_state(struct hk_source *below, enum hk_state_asking how, struct hk_source **out)
{
  struct with_state *const w = calloc(1, sizeof *w);
  if (w == NULL) return hk_fail(HK_MEMORY, "open the source", HK_NO_OFFSET);
  const hk_err e = how == HK_STATE_ASK ? os_state_open(&w->state) : hk_ok();
  if (e.code != HK_OK) {
    free(w);
    return e;
  }
  w->below = below;
  w->how = how;
  w->n = os_state_count() < MAX_TOPICS ? os_state_count() : MAX_TOPICS;
  w->ops = (struct hk_source_ops){.method = below->ops->method,
                                  .complete = below->ops->complete,
                                  .find = state_find,
                                  .open = state_open,
                                  .stat = state_stat,
                                  .owner = state_owner,
                                  .close = state_close,
                                  .shadows = below->ops->shadows == NULL ? NULL : state_shadows};
  w->source.ops = &w->ops;
  for (size_t i = 0; i < w->n; i++) hk_buf_init(&w->answers[i].text, OS_STATE_BYTES);
  *out = &w->source;
  return hk_ok();
}
