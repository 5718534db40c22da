/* Shadow copies as more volumes, with sources made up here. */
#include "check.h"

#include "source/shadows.h"

struct file {
  const char *path;
  const char *text; /* NULL: opening fails with `refused` */
  hk_err refused;
  hk_time modified_at;
};

struct fake {
  struct hk_source source;
  const struct file *v;
  size_t n;
  int n_finds;
};

struct fake_stream {
  struct hk_stream stream;
  const char *text;
  size_t at;
};

static hk_err fake_read(struct hk_stream *s, void *out, size_t n, size_t *got)
{
  struct fake_stream *const t = (struct fake_stream *)(void *)s;
  const size_t left = strlen(t->text) - t->at;
  *got = left < n ? left : n;
  memcpy(out, t->text + t->at, *got);
  t->at += *got;
  return hk_ok();
}

static void fake_close_stream(struct hk_stream *s)
{
  free(s);
}

static const struct file *file_of(const struct fake *s, hk_str path)
{
  for (size_t i = 0; i < s->n; i++)
    if (hk_str_ieq(path, hk_str_of(s->v[i].path))) return &s->v[i];
  return NULL;
}

static hk_err fake_open(struct hk_source *source, hk_str path, struct hk_stream **out)
{
  const struct file *const f = file_of((struct fake *)(void *)source, path);
  if (f == NULL) return hk_fail(HK_ABSENT, "open file", HK_NO_OFFSET);
  if (f->text == NULL) return f->refused;
  struct fake_stream *const t = calloc(1, sizeof *t);
  CHECK(t != NULL);
  t->stream = (struct hk_stream){.bytes = {.size_bytes = strlen(f->text)}, .read = fake_read, .close = fake_close_stream};
  t->text = f->text;
  *out = &t->stream;
  return hk_ok();
}

static hk_err fake_stat(struct hk_source *source, hk_str path, struct hk_arena *a, struct hk_entry *out)
{
  (void)a;
  if (file_of((struct fake *)(void *)source, path) == NULL) return hk_fail(HK_ABSENT, "stat", HK_NO_OFFSET);
  *out = (struct hk_entry){.path = path};
  return hk_ok();
}

static hk_err fake_owner(struct hk_source *source, hk_str path, struct hk_arena *a, hk_str *sid)
{
  (void)source;
  (void)path;
  (void)a;
  *sid = hk_str_of("");
  return hk_ok();
}

static hk_err fake_find(struct hk_source *source, const struct hk_globs *globs, const struct hk_finder *finder)
{
  struct fake *const s = (struct fake *)(void *)source;
  const uint32_t first = 0;
  const struct hk_hits hits = {.v = &first, .n = 1};
  s->n_finds++;
  for (size_t i = 0; i < s->n; i++) {
    const struct hk_entry e = {.path = hk_str_of(s->v[i].path), .file_id = i + 1, .modified_at = s->v[i].modified_at, .changed_at = 5};
    if (hk_glob_match(globs->v[0], e.path) && !finder->on_entry(finder->ctx, &e, &hits)) break;
  }
  return hk_ok();
}

static void fake_close(struct hk_source *source)
{
  (void)source;
}

/* Two volumes; C: has three shadow copies, the last of which is damaged, D: one. */
#define STORES 4
static struct hk_shadow list[STORES];
static struct fake stores[STORES];
static int n_opened;
static uint64_t clock_ms;

static hk_err fake_shadows(struct hk_source *s, bool (*on)(void *ctx, const struct hk_shadow *x), void *ctx)
{
  (void)s;
  for (size_t i = 0; i < STORES; i++)
    if (!on(ctx, &list[i])) break;
  return hk_ok();
}

static hk_err fake_open_shadow(struct hk_source *s, const struct hk_shadow *x, struct hk_source **out)
{
  (void)s;
  n_opened++;
  clock_ms += 10;
  *out = &stores[x->letter == 'D' ? 3 : x->n].source;
  return hk_ok();
}

static const struct hk_source_ops base_ops = {.method = "raw",
                                              .complete = true,
                                              .find = fake_find,
                                              .open = fake_open,
                                              .stat = fake_stat,
                                              .owner = fake_owner,
                                              .close = fake_close,
                                              .shadows = fake_shadows,
                                              .open_shadow = fake_open_shadow};

static uint64_t now(void)
{
  return clock_ms;
}

static const struct file live_files[] = {{.path = "C:\\a", .text = "live a", .modified_at = 9},
                                         {.path = "C:\\b", .text = "b", .modified_at = 1},
                                         {.path = "C:\\efs", .refused = {.code = HK_UNSUPPORTED, .step = "open: encrypted"}},
                                         {.path = "C:\\cloud", .refused = {.code = HK_SKIPPED, .step = "open: in the cloud"}}};
static const struct file newest_files[] = {{.path = "C:\\a", .text = "older a", .modified_at = 4},
                                           {.path = "C:\\b", .text = "b", .modified_at = 1},
                                           {.path = "C:\\efs", .text = "plain once"},
                                           {.path = "C:\\cloud", .text = "local once"},
                                           {.path = "C:\\gone", .text = "deleted since"}};
static const struct file oldest_files[] = {{.path = "C:\\a", .text = "oldest a", .modified_at = 2}, {.path = "C:\\b", .text = "b", .modified_at = 1}};
static const struct file other_files[] = {{.path = "D:\\x", .text = "x"}};
static struct fake live = {.source = {.ops = &base_ops}, .v = live_files, .n = 4};

static struct hk_source *open_with(enum hk_shadow_mode mode, size_t most, uint64_t budget_ms)
{
  static const char id[][HK_SHADOW_ID_SIZE] = {"{00000000-0000-0000-0000-00000000000a}", "{00000000-0000-0000-0000-00000000000b}",
                                               "{00000000-0000-0000-0000-00000000000c}", "{00000000-0000-0000-0000-00000000000d}"};
  const struct fake of[STORES] = {{.v = oldest_files, .n = 2}, {.v = newest_files, .n = 5}, {.n = 0}, {.v = other_files, .n = 1}};
  for (size_t i = 0; i < STORES; i++) {
    stores[i] = of[i];
    stores[i].source.ops = &base_ops;
    list[i] = (struct hk_shadow){.letter = i == 3 ? 'D' : 'C', .n = i == 3 ? 0 : i, .created_at = (hk_time)(100 * (i + 1)), .state = hk_ok()};
    memcpy(list[i].id, id[i], sizeof id[i]);
  }
  list[2].state = hk_fail(HK_DAMAGED, "read the header of a shadow copy", 0);
  n_opened = 0;
  clock_ms = 1000;
  struct hk_source *s = NULL;
  const struct hk_shadow_wish choice = {.mode = mode, .most = most, .budget_ms = budget_ms, .now_ms = now};
  CHECK_EQ_INT(hk_source_with_shadows(&live.source, &choice, &s).code, HK_OK);
  return s;
}

#define IN(c) "\\\\?\\GLOBALROOT\\Device\\HarddiskVolumeShadowCopy" c "}"
#define A IN("C{00000000-0000-0000-0000-00000000000a")
#define B IN("C{00000000-0000-0000-0000-00000000000b")
#define D IN("D{00000000-0000-0000-0000-00000000000d")

struct met {
  char paths[24][128];
  uint32_t shadow[24];
  bool unchanged[24];
  size_t n;
};

static bool on_entry(void *ctx, const struct hk_entry *e, const struct hk_hits *hits)
{
  struct met *const m = ctx;
  CHECK_EQ_INT(hits->n, 1);
  m->shadow[m->n] = e->shadow;
  m->unchanged[m->n] = e->unchanged;
  (void)snprintf(m->paths[m->n++], sizeof m->paths[0], "%.*s", (int)e->path.n, e->path.p);
  return true;
}

static void find(struct hk_source *s, struct met *m)
{
  const hk_str v = hk_str_of("?:\\*");
  const struct hk_finder finder = {.ctx = m, .on_entry = on_entry};
  *m = (struct met){.n = 0};
  CHECK_EQ_INT(s->ops->find(s, &(struct hk_globs){.v = &v, .n = 1}, &finder).code, HK_OK);
}

struct states {
  int code[STORES];
  size_t n;
};

static bool on_shadow(void *ctx, const struct hk_shadow *x)
{
  struct states *const s = ctx;
  s->code[x->letter == 'D' ? 3 : x->n] = x->state.code;
  s->n++;
  return true;
}

static struct states states_of(struct hk_source *s)
{
  struct states got = {.n = 0};
  CHECK_EQ_INT(s->ops->shadows(s, on_shadow, &got).code, HK_OK);
  CHECK_EQ_INT(got.n, STORES);
  return got;
}

static hk_err take(struct hk_source *s, const char *path, char text[64], const char **method, const char **from)
{
  struct hk_stream *in = NULL;
  size_t got = 0;
  HK_TRY(s->ops->open(s, hk_str_of(path), &in));
  CHECK_EQ_INT(in->read(in, text, 63, &got).code, HK_OK);
  text[got] = 0;
  *method = in->method;
  *from = in->from;
  in->close(in);
  return hk_ok();
}

TEST(test_shadows__the_newest_of_each_volume_that_can_be_opened)
{
  struct hk_source *const s = open_with(HK_SHADOWS_LATEST, 64, 60000);
  struct met m;
  find(s, &m);
  CHECK_EQ_INT(m.n, 4 + 5 + 1);
  CHECK_EQ_STR(m.paths[4], D "\\x");
  CHECK_EQ_STR(m.paths[5], B "\\a");
  CHECK_EQ_STR(m.paths[9], B "\\gone");
  CHECK(m.shadow[3] == 0 && m.shadow[4] > 0 && m.shadow[5] > m.shadow[4]);
  CHECK(!m.unchanged[5]);
  CHECK(m.unchanged[6]); /* b: same record, size and times as the live one */
  CHECK(!m.unchanged[9]);
  const struct states got = states_of(s);
  CHECK_EQ_INT(got.code[0], HK_SKIPPED);
  CHECK_EQ_INT(got.code[1], HK_OK);
  CHECK_EQ_INT(got.code[2], HK_DAMAGED);
  CHECK_EQ_INT(got.code[3], HK_OK);
  s->ops->close(s);
}

TEST(test_shadows__files_of_shadow_copies_are_read_there)
{
  struct hk_source *const s = open_with(HK_SHADOWS_ALL, 64, 60000);
  struct met m;
  struct hk_arena a;
  struct hk_entry e;
  char text[64];
  const char *method = NULL, *from = NULL;
  hk_arena_init(&a, 0);
  find(s, &m);
  CHECK_EQ_INT(m.n, 4 + 1 + 5 + 2);
  CHECK_EQ_INT(take(s, A "\\a", text, &method, &from).code, HK_OK);
  CHECK_EQ_STR(text, "oldest a");
  CHECK_EQ_STR(method, "shadow");
  CHECK(from == NULL); /* the path says it */
  CHECK_EQ_INT(take(s, B "\\gone", text, &method, &from).code, HK_OK);
  CHECK_EQ_STR(text, "deleted since");
  CHECK_EQ_INT(s->ops->stat(s, HK_S(B "\\gone"), &a, &e).code, HK_OK);
  CHECK_EQ_BYTES(e.path.p, e.path.n, B "\\gone");
  CHECK_EQ_INT(take(s, IN("C{00000000-0000-0000-0000-00000000000f") "\\a", text, &method, &from).code, HK_ABSENT);
  CHECK_EQ_INT(take(s, IN("C{00000000-0000-0000-0000-00000000000c") "\\a", text, &method, &from).code, HK_DAMAGED);
  s->ops->close(s);
  hk_arena_done(&a);
}

TEST(test_shadows__what_cannot_be_read_where_it_lies_is_read_from_the_newest_that_has_it)
{
  struct hk_source *const s = open_with(HK_SHADOWS_ALL, 64, 60000);
  char text[64];
  const char *method = NULL, *from = NULL;
  CHECK_EQ_INT(take(s, "C:\\a", text, &method, &from).code, HK_OK);
  CHECK_EQ_STR(text, "live a");
  CHECK(method == NULL && from == NULL);
  CHECK_EQ_INT(take(s, "C:\\efs", text, &method, &from).code, HK_OK);
  CHECK_EQ_STR(text, "plain once");
  CHECK_EQ_STR(method, "shadow");
  CHECK_EQ_STR(from, B);
  /* Neither what is in the cloud nor what is not there is made up from older days. */
  CHECK_EQ_INT(take(s, "C:\\cloud", text, &method, &from).code, HK_SKIPPED);
  CHECK_EQ_INT(take(s, "C:\\gone", text, &method, &from).code, HK_ABSENT);
  s->ops->close(s);
}

TEST(test_shadows__none_means_that_none_is_opened)
{
  struct hk_source *const s = open_with(HK_SHADOWS_NONE, 64, 60000);
  struct met m;
  char text[64];
  const char *method = NULL, *from = NULL;
  find(s, &m);
  CHECK_EQ_INT(m.n, 4);
  CHECK_EQ_INT(take(s, "C:\\efs", text, &method, &from).code, HK_UNSUPPORTED);
  CHECK_EQ_INT(n_opened, 0);
  CHECK_EQ_INT(states_of(s).code[1], HK_SKIPPED);
  s->ops->close(s);
}

TEST(test_shadows__their_number_and_time_are_limited_and_it_is_said)
{
  struct met m;
  struct hk_source *s = open_with(HK_SHADOWS_ALL, 2, 60000);
  find(s, &m);
  struct states got = states_of(s);
  CHECK_EQ_INT(got.code[0], HK_LIMIT);
  CHECK_EQ_INT(got.code[1], HK_OK);
  CHECK_EQ_INT(got.code[3], HK_OK);
  CHECK_EQ_INT(n_opened, 2);
  s->ops->close(s);
  s = open_with(HK_SHADOWS_ALL, 64, 15); /* opening one takes 10 */
  find(s, &m);
  CHECK_EQ_INT(n_opened, 2);
  got = states_of(s);
  CHECK_EQ_INT(got.code[0], HK_LIMIT);
  s->ops->close(s);
}

TEST(test_shadows__reading_in_them_takes_of_the_same_time)
{
  struct hk_source *const s = open_with(HK_SHADOWS_LATEST, 64, 60000);
  struct met m;
  char text[64];
  const char *method = NULL, *from = NULL;
  find(s, &m);
  clock_ms += 100000000; /* everything else is read meanwhile: that is not theirs */
  CHECK_EQ_INT(take(s, B "\\a", text, &method, &from).code, HK_OK);
  clock_ms += 60001;
  CHECK_EQ_INT(take(s, B "\\gone", text, &method, &from).code, HK_LIMIT);
  CHECK_EQ_INT(take(s, "C:\\a", text, &method, &from).code, HK_OK);
  CHECK_EQ_INT(states_of(s).code[1], HK_LIMIT);
  s->ops->close(s);
}

TEST(test_shadows__paths_are_taken_apart_and_others_are_left_alone)
{
  static const char *const others[] = {"C:\\x", "\\\\?\\GLOBALROOT\\Device\\HarddiskVolumeShadowCopy1\\x", IN("C{00000000-0000-0000-0000-00000000000g") "\\x",
                                       IN("{00000000-0000-0000-0000-00000000000a") "\\x", A "x", ""};
  hk_str device, rest;
  char letter = 0;
  CHECK(hk_shadow_split(HK_S(A "\\Users\\x"), &device, &letter, &rest));
  CHECK_EQ_BYTES(device.p, device.n, A);
  CHECK_EQ_BYTES(rest.p, rest.n, "\\Users\\x");
  CHECK_EQ_INT(letter, 'C');
  CHECK(hk_shadow_split(HK_S(A), &device, &letter, &rest) && rest.n == 0);
  for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) CHECK(!hk_shadow_split(hk_str_of(others[i]), &device, &letter, &rest));
}
