/* The ways to a file, one after the other. */
#include "source/chain.h"

#include <stdlib.h>
#include <string.h>

#include "os/os.h"
#include "source/index_path.h"
#include "source/seen.h"

#define TROUBLES_MAX ((size_t)10000)

struct volume {
  char letter;
  bool tried;
  struct hk_source *raw; /* NULL: not tried, or refused */
  hk_err refused;
};

/* A folder the API could not list: told only when raw cannot, either. */
struct trouble {
  hk_str path; /* in the arena of the search */
  hk_err why;
};

struct chain {
  struct hk_source source;
  struct hk_source *api;
  struct hk_chain_ways ways;
  struct os_mutex *mutex; /* around the opening of volumes */
  struct hk_seen *seen;
  struct volume v[26];
  size_t n;
};

static struct chain *of(struct hk_source *s)
{
  return (struct chain *)(void *)s;
}

/* ---- volumes and names --------------------------------------------------------------------------------------------------- */

bool hk_is_metadata(hk_str path)
{
  static const char *const names[] = {"$MFT",     "$MFTMirr", "$LogFile", "$Volume", "$AttrDef", "$Bitmap",
                                      "$Boot",    "$BadClus", "$Secure",  "$UpCase", "$Extend"};
  hk_str folder;
  if (path.n < 4 || path.p[1] != ':' || path.p[2] != '\\') return false;
  if (hk_index_part_of(path, &folder) != HK_INDEX_NONE) return true;
  const hk_str rest = hk_str_sub(path, 3, path.n);
  const hk_str name = hk_str_sub(rest, 0, hk_str_find(rest, '\\'));
  const hk_str bare = hk_str_sub(name, 0, hk_str_find(name, ':'));
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (hk_str_ieq(bare, hk_str_of(names[i]))) return true;
  return false;
}

static struct volume *volume_of(struct chain *c, hk_str path)
{
  if (path.n < 2 || path.p[1] != ':') return NULL;
  for (size_t i = 0; i < c->n; i++)
    if (c->v[i].letter == (char)(path.p[0] & ~0x20)) return &c->v[i];
  return NULL;
}

/* Its raw side, opened at the first call. */
static hk_err raw_of(struct chain *c, struct volume *v, struct hk_source **out)
{
  os_lock(c->mutex);
  if (!v->tried) v->refused = c->ways.open_raw(c->ways.ctx, v->letter, &v->raw);
  v->tried = true;
  os_unlock(c->mutex);
  *out = v->raw;
  return v->refused;
}

static hk_err raw_of_path(struct chain *c, hk_str path, struct hk_source **out)
{
  struct volume *const v = volume_of(c, path);
  return v == NULL ? hk_fail(HK_ABSENT, "find the volume", HK_NO_OFFSET) : raw_of(c, v, out);
}

/* ---- find ------------------------------------------------------------------------------------------------------------------- */

struct search {
  struct chain *c;
  const struct hk_finder *finder;
  struct hk_arena arena;
  struct trouble *troubles;
  size_t n_troubles;
  bool silent; /* raw lists what the API has listed without an error: its losses lose nothing */
  bool stopped;
  hk_err err;
};

static bool on_entry(void *ctx, const struct hk_entry *e, const struct hk_hits *hits)
{
  struct search *const s = ctx;
  bool is_new = false;
  s->err = hk_seen_add(s->c->seen, e->path, &is_new);
  if (s->err.code == HK_OK && is_new) s->stopped = !s->finder->on_entry(s->finder->ctx, e, hits);
  return s->err.code == HK_OK && !s->stopped;
}

static void tell(const struct search *s, hk_str path, hk_err e)
{
  if (s->finder->on_error != NULL) s->finder->on_error(s->finder->ctx, path, e);
}

static void on_api_error(void *ctx, hk_str path, hk_err e)
{
  struct search *const s = ctx;
  if (volume_of(s->c, path) == NULL || s->n_troubles == TROUBLES_MAX) {
    tell(s, path, e);
    return;
  }
  const hk_str copy = hk_str_copy(&s->arena, path);
  if (copy.p == NULL)
    tell(s, path, e);
  else
    s->troubles[s->n_troubles++] = (struct trouble){.path = copy, .why = e};
}

static void on_raw_error(void *ctx, hk_str path, hk_err e)
{
  const struct search *const s = ctx;
  if (!s->silent) tell(s, path, e);
}

static bool has_trouble(const struct search *s, const struct volume *v)
{
  for (size_t i = 0; i < s->n_troubles; i++)
    if (volume_of(s->c, s->troubles[i].path) == v) return true;
  return false;
}

static void tell_troubles(const struct search *s, const struct volume *v)
{
  for (size_t i = 0; i < s->n_troubles; i++) {
    const struct trouble *const t = &s->troubles[i];
    if (volume_of(s->c, t->path) != v) continue;
    /* Of a whole volume, raw knows better why: locked by BitLocker, say. */
    const bool whole = t->path.n == 2 && v->refused.code == HK_DENIED;
    tell(s, t->path, whole ? v->refused : t->why);
  }
}

/* Where the volume is NTFS and cannot be read raw, its metadata was not looked at: that is not "absent". */
static void tell_refused(const struct search *s, const struct volume *v)
{
  char table[] = "?:\\$MFT";
  char extend[] = "?:\\$Extend";
  char index[] = "?:\\:$I30";
  table[0] = extend[0] = index[0] = v->letter;
  if (v->refused.code == HK_OK || v->refused.code == HK_ABSENT) return;
  tell(s, hk_str_of(table), v->refused);
  tell(s, hk_str_of(extend), v->refused);
  tell(s, hk_str_of(index), v->refused);
}

static hk_err find_raw(struct search *s, struct volume *v, const struct hk_globs *globs)
{
  struct hk_source *raw = NULL;
  const struct hk_finder finder = {.ctx = s, .on_entry = on_entry, .on_error = on_raw_error, .stop = s->finder->stop};
  s->silent = !has_trouble(s, v);
  hk_err e = raw_of(s->c, v, &raw);
  if (raw != NULL) {
    e = raw->ops->find(raw, globs, &finder);
    if (e.code == HK_CANCELLED || s->err.code != HK_OK) return s->err.code != HK_OK ? s->err : e;
  }
  if (e.code != HK_OK) tell_troubles(s, v);
  if (raw == NULL) tell_refused(s, v);
  return hk_ok();
}

static hk_err find_all(struct search *s, const struct hk_globs *globs)
{
  const struct hk_finder finder = {.ctx = s, .on_entry = on_entry, .on_error = on_api_error, .stop = s->finder->stop};
  hk_err e = s->c->api->ops->find(s->c->api, globs, &finder);
  if (s->err.code != HK_OK) return s->err;
  for (size_t i = 0; i < s->c->n && e.code == HK_OK && !s->stopped; i++) e = find_raw(s, &s->c->v[i], globs);
  return e;
}

static hk_err chain_find(struct hk_source *source, const struct hk_globs *globs, const struct hk_finder *finder)
{
  struct search s = {.c = of(source), .finder = finder, .err = hk_ok()};
  s.troubles = malloc(TROUBLES_MAX * sizeof *s.troubles);
  if (s.troubles == NULL) return hk_fail(HK_MEMORY, "look for files", HK_NO_OFFSET);
  /* Twins of an earlier search stay twins; what it has found is found again. */
  struct hk_seen *const before = s.c->seen;
  hk_err e = hk_seen_open(&s.c->seen);
  if (e.code != HK_OK) {
    s.c->seen = before;
    free(s.troubles);
    return e;
  }
  hk_seen_close(before);
  hk_arena_init(&s.arena, 0);
  e = find_all(&s, globs);
  hk_arena_done(&s.arena);
  free(s.troubles);
  return e;
}

/* ---- streams ------------------------------------------------------------------------------------------------------------------ */

/* An API stream that goes on raw where the API fails. One reader at a time, as with every stream. */
struct chain_stream {
  struct hk_stream stream;
  struct chain *c;
  struct hk_stream *api;
  struct hk_stream *raw; /* NULL: not needed so far */
  uint64_t position;
  bool hopeless; /* raw was tried in vain */
  size_t path_size;
  char path[];
};

static hk_err read_once(struct hk_stream *in, uint64_t offset, void *out, size_t n, size_t *got)
{
  return in->bytes.read_at(&in->bytes, offset, out, n, got);
}

/* It is sound to go on raw when both mean the same file in the same state: same record, size and time of change. What Windows has not
   written back yet differs, and then the file ends where the API failed. */
static bool is_same(struct hk_source *api, struct hk_source *raw, hk_str path)
{
  struct hk_arena a;
  struct hk_entry x, y;
  hk_arena_init(&a, 0);
  const uint64_t record = UINT64_MAX >> 16;
  const bool both = api->ops->stat(api, path, &a, &x).code == HK_OK && raw->ops->stat(raw, path, &a, &y).code == HK_OK;
  const bool same = both && x.file_id != 0 && (x.file_id & record) == (y.file_id & record) && x.size_bytes == y.size_bytes &&
                    x.modified_at == y.modified_at;
  hk_arena_done(&a);
  return same;
}

static bool go_raw(struct chain_stream *t)
{
  struct hk_source *raw = NULL;
  const hk_str path = {.p = t->path, .n = t->path_size};
  if (t->raw != NULL || t->hopeless) return t->raw != NULL;
  t->hopeless = true;
  /* A stream's size is not its file's, so nothing vouches for it. */
  if (hk_str_find(hk_str_sub(path, 2, path.n), ':') + 2 < path.n) return false;
  if (raw_of_path(t->c, path, &raw).code != HK_OK || !is_same(t->c->api, raw, path)) return false;
  if (raw->ops->open(raw, path, &t->raw).code != HK_OK || t->raw->bytes.size_bytes != t->stream.bytes.size_bytes) {
    if (t->raw != NULL) t->raw->close(t->raw);
    t->raw = NULL;
    return false;
  }
  t->stream.method = "api+raw";
  return true;
}

static bool may_go_raw(hk_err e)
{
  return e.code != HK_OK && e.code != HK_MEMORY && e.code != HK_CANCELLED;
}

static hk_err stream_read_at(struct hk_bytes *self, uint64_t offset, void *out, size_t n, size_t *got)
{
  struct chain_stream *const t = (struct chain_stream *)(void *)self;
  if (t->raw != NULL) return read_once(t->raw, offset, out, n, got);
  const hk_err e = read_once(t->api, offset, out, n, got);
  return may_go_raw(e) && go_raw(t) ? read_once(t->raw, offset, out, n, got) : e;
}

static hk_err stream_read(struct hk_stream *s, void *out, size_t n, size_t *got)
{
  struct chain_stream *const t = (struct chain_stream *)(void *)s;
  hk_err e = t->raw == NULL ? t->api->read(t->api, out, n, got) : read_once(t->raw, t->position, out, n, got);
  if (t->raw == NULL && may_go_raw(e) && go_raw(t)) e = read_once(t->raw, t->position, out, n, got);
  if (e.code == HK_OK) t->position += *got;
  return e;
}

static void stream_close(struct hk_stream *s)
{
  struct chain_stream *const t = (struct chain_stream *)(void *)s;
  t->api->close(t->api);
  if (t->raw != NULL) t->raw->close(t->raw);
  free(t);
}

static hk_err wrap(struct chain *c, hk_str path, struct hk_stream *api, struct hk_stream **out)
{
  struct chain_stream *const t = calloc(1, sizeof *t + path.n);
  if (t == NULL) {
    api->close(api);
    return hk_fail(HK_MEMORY, "open", HK_NO_OFFSET);
  }
  t->stream = (struct hk_stream){.bytes = {.size_bytes = api->bytes.size_bytes, .read_at = stream_read_at},
                                 .read = stream_read,
                                 .method = c->api->ops->method,
                                 .close = stream_close};
  t->c = c;
  t->api = api;
  t->path_size = path.n;
  memcpy(t->path, path.p, path.n);
  *out = &t->stream;
  return hk_ok();
}

/* ---- open, stat, owner -------------------------------------------------------------------------------------------------------- */

/* The API must not be asked for it. Windows before 10 hangs a volume when $MFT is opened as if it were a folder, and of two names that
   differ in case only it opens one for both. */
static bool is_raw_only(const struct chain *c, hk_str path)
{
  return hk_is_metadata(path) || (c->seen != NULL && hk_seen_is_twin(c->seen, path));
}

static bool is_final(hk_err e)
{
  return e.code == HK_OK || e.code == HK_SKIPPED || e.code == HK_MEMORY || e.code == HK_CANCELLED;
}

/* What is said of a file that neither way reads. Raw is right where it found why no way can work (the cloud, a link), and where the API
   saw nothing but raw did; else the API's refusal is what the reader of a report can act on. */
static hk_err of_both(hk_err api, hk_err raw, bool raw_was_there)
{
  if (raw.code == HK_OK || raw.code == HK_SKIPPED || raw.code == HK_MEMORY) return raw;
  return raw_was_there && api.code == HK_ABSENT ? raw : api;
}

static hk_err open_raw(struct hk_source *raw, hk_str path, struct hk_stream **out)
{
  HK_TRY(raw->ops->open(raw, path, out));
  if ((*out)->method == NULL) (*out)->method = raw->ops->method;
  return hk_ok();
}

static hk_err chain_open(struct hk_source *source, hk_str path, struct hk_stream **out)
{
  struct chain *const c = of(source);
  struct hk_source *raw = NULL;
  struct hk_stream *api = NULL;
  const bool raw_only = is_raw_only(c, path);
  const hk_err e = raw_only ? hk_ok() : c->api->ops->open(c->api, path, &api);
  if (!raw_only && e.code == HK_OK) return wrap(c, path, api, out);
  if (!raw_only && is_final(e)) return e;
  hk_err r = raw_of_path(c, path, &raw);
  if (raw != NULL) r = open_raw(raw, path, out);
  return raw_only ? r : of_both(e, r, raw != NULL);
}

static hk_err chain_stat(struct hk_source *source, hk_str path, struct hk_arena *a, struct hk_entry *out)
{
  struct chain *const c = of(source);
  struct hk_source *raw = NULL;
  const bool raw_only = is_raw_only(c, path);
  const hk_err e = raw_only ? hk_ok() : c->api->ops->stat(c->api, path, a, out);
  if (!raw_only && is_final(e)) return e;
  hk_err r = raw_of_path(c, path, &raw);
  if (raw != NULL) r = raw->ops->stat(raw, path, a, out);
  return raw_only ? r : of_both(e, r, raw != NULL);
}

static hk_err chain_owner(struct hk_source *source, hk_str path, struct hk_arena *a, hk_str *sid)
{
  struct chain *const c = of(source);
  struct hk_source *raw = NULL;
  const bool raw_only = is_raw_only(c, path);
  const hk_err e = raw_only ? hk_ok() : c->api->ops->owner(c->api, path, a, sid);
  if (!raw_only && is_final(e)) return e;
  hk_err r = raw_of_path(c, path, &raw);
  if (raw != NULL) r = raw->ops->owner(raw, path, a, sid);
  return raw_only ? r : of_both(e, r, raw != NULL);
}

/* ---- shadow copies: the raw volumes have them -------------------------------------------------------------------------------- */

static hk_err chain_shadows(struct hk_source *source, bool (*on)(void *ctx, const struct hk_shadow *x), void *ctx)
{
  struct chain *const c = of(source);
  for (size_t i = 0; i < c->n; i++) {
    struct hk_source *raw = NULL;
    (void)raw_of(c, &c->v[i], &raw);
    if (raw != NULL && raw->ops->shadows != NULL) HK_TRY(raw->ops->shadows(raw, on, ctx));
  }
  return hk_ok();
}

static hk_err chain_open_shadow(struct hk_source *source, const struct hk_shadow *x, struct hk_source **out)
{
  struct hk_source *raw = NULL;
  HK_TRY(raw_of_path(of(source), (hk_str){.p = (const char[]){x->letter, ':'}, .n = 2}, &raw));
  if (raw->ops->open_shadow == NULL) return hk_fail(HK_ABSENT, "open a shadow copy", HK_NO_OFFSET);
  return raw->ops->open_shadow(raw, x, out);
}

static void chain_close(struct hk_source *source)
{
  struct chain *const c = of(source);
  for (size_t i = 0; i < c->n; i++)
    if (c->v[i].raw != NULL) c->v[i].raw->ops->close(c->v[i].raw);
  c->api->ops->close(c->api);
  hk_seen_close(c->seen);
  if (c->mutex != NULL) os_mutex_free(c->mutex);
  free(c);
}

static const struct hk_source_ops chain_ops = {
    .method = "api",
    .complete = true,
    .find = chain_find,
    .open = chain_open,
    .stat = chain_stat,
    .owner = chain_owner,
    .close = chain_close,
    .shadows = chain_shadows,
    .open_shadow = chain_open_shadow,
};

hk_err hk_source_open_chain(struct hk_source *api, hk_str letters, const struct hk_chain_ways *ways, struct hk_source **out)
{
  struct chain *const c = calloc(1, sizeof *c);
  if (c == NULL) {
    api->ops->close(api);
    return hk_fail(HK_MEMORY, "open the source", HK_NO_OFFSET);
  }
  c->source.ops = &chain_ops;
  c->api = api;
  c->ways = *ways;
  for (size_t i = 0; i < letters.n && c->n < sizeof c->v / sizeof c->v[0]; i++)
    c->v[c->n++] = (struct volume){.letter = letters.p[i], .refused = hk_ok()};
  c->mutex = os_mutex_new();
  if (c->mutex == NULL) {
    chain_close(&c->source);
    return hk_fail(HK_MEMORY, "open the source", HK_NO_OFFSET);
  }
  *out = &c->source;
  return hk_ok();
}
