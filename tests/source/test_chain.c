/* The ways to a file, one after the other, with sources made up here: what the API refuses is read raw, and it is said. */
#include "check.h"

#include "source/chain.h"

/* One file of a made-up source. */
struct file {
  const char *path;
  const char *text; /* NULL: opening fails with `refused` */
  hk_err refused;
  uint64_t id;
  hk_time modified_at;
  size_t fails_at; /* reading fails here; 0 = never */
  bool hidden;     /* not listed */
};

struct fake {
  struct hk_source source;
  const struct file *v;
  size_t n;
  const char *trouble; /* a folder that cannot be listed */
  hk_err why;
  int n_opened, n_open, n_asked;
};

struct fake_stream {
  struct hk_stream stream;
  struct fake *s;
  const struct file *f;
  size_t at;
};

static const struct file *file_of(struct fake *s, hk_str path)
{
  s->n_asked++;
  for (size_t i = 0; i < s->n; i++)
    if (hk_str_eq(path, hk_str_of(s->v[i].path))) return &s->v[i];
  for (size_t i = 0; i < s->n; i++)
    if (hk_str_ieq(path, hk_str_of(s->v[i].path))) return &s->v[i];
  return NULL;
}

static hk_err fake_read_at(struct hk_bytes *b, uint64_t offset, void *out, size_t n, size_t *got)
{
  const struct fake_stream *const t = (struct fake_stream *)(void *)b;
  const size_t size = strlen(t->f->text);
  *got = 0;
  if (t->f->fails_at > 0 && offset + n > t->f->fails_at && offset >= t->f->fails_at) return hk_fail_os(HK_DENIED, "read", 33);
  const size_t end = t->f->fails_at > 0 ? t->f->fails_at : size;
  if (offset >= end) return hk_ok();
  *got = n < end - offset ? n : (size_t)(end - offset);
  memcpy(out, t->f->text + offset, *got);
  return hk_ok();
}

static hk_err fake_read(struct hk_stream *s, void *out, size_t n, size_t *got)
{
  struct fake_stream *const t = (struct fake_stream *)(void *)s;
  HK_TRY(fake_read_at(&s->bytes, t->at, out, n < 4 ? n : 4, got));
  t->at += *got;
  return hk_ok();
}

static void fake_close_stream(struct hk_stream *s)
{
  ((struct fake_stream *)(void *)s)->s->n_open--;
  free(s);
}

static hk_err fake_open(struct hk_source *source, hk_str path, struct hk_stream **out)
{
  struct fake *const s = (struct fake *)(void *)source;
  const struct file *const f = file_of(s, path);
  if (f == NULL) return hk_fail(HK_ABSENT, "open file", HK_NO_OFFSET);
  if (f->text == NULL) return f->refused;
  struct fake_stream *const t = calloc(1, sizeof *t);
  CHECK(t != NULL);
  t->stream = (struct hk_stream){.bytes = {.size_bytes = strlen(f->text), .read_at = fake_read_at}, .read = fake_read, .close = fake_close_stream};
  t->s = s;
  t->f = f;
  s->n_opened++;
  s->n_open++;
  *out = &t->stream;
  return hk_ok();
}

static hk_err fake_stat(struct hk_source *source, hk_str path, struct hk_arena *a, struct hk_entry *out)
{
  const struct file *const f = file_of((struct fake *)(void *)source, path);
  (void)a;
  if (f == NULL) return hk_fail(HK_ABSENT, "stat", HK_NO_OFFSET);
  *out = (struct hk_entry){.path = path, .size_bytes = f->text == NULL ? 0 : strlen(f->text), .file_id = f->id, .modified_at = f->modified_at};
  return hk_ok();
}

static hk_err fake_owner(struct hk_source *source, hk_str path, struct hk_arena *a, hk_str *sid)
{
  if (file_of((struct fake *)(void *)source, path) == NULL) return hk_fail(HK_ABSENT, "owner", HK_NO_OFFSET);
  *sid = hk_str_copy(a, hk_str_of(source->ops->method));
  return hk_ok();
}

static hk_err fake_find(struct hk_source *source, const struct hk_globs *globs, const struct hk_finder *finder)
{
  struct fake *const s = (struct fake *)(void *)source;
  const uint32_t first = 0;
  const struct hk_hits hits = {.v = &first, .n = 1};
  for (size_t i = 0; i < s->n; i++) {
    const struct hk_entry e = {.path = hk_str_of(s->v[i].path)};
    if (s->v[i].hidden || !hk_glob_match(globs->v[0], e.path)) continue;
    if (!finder->on_entry(finder->ctx, &e, &hits)) return hk_ok();
  }
  if (s->trouble != NULL) finder->on_error(finder->ctx, hk_str_of(s->trouble), s->why);
  return hk_ok();
}

static void fake_close(struct hk_source *source)
{
  CHECK_EQ_INT(((struct fake *)(void *)source)->n_open, 0);
}

static const struct hk_source_ops api_ops = {
    .method = "api", .complete = true, .find = fake_find, .open = fake_open, .stat = fake_stat, .owner = fake_owner, .close = fake_close};
static const struct hk_source_ops raw_ops = {
    .method = "raw", .complete = true, .find = fake_find, .open = fake_open, .stat = fake_stat, .owner = fake_owner, .close = fake_close};

/* C: with both ways, D: with the API only, because `refused` says so. */
struct pc {
  struct fake api, raw;
  hk_err refused;
  int n_raw_opens;
  struct hk_source *chain;
};

static hk_err open_raw(void *ctx, char letter, struct hk_source **out)
{
  struct pc *const p = ctx;
  p->n_raw_opens++;
  if (letter != 'C') return p->refused;
  *out = &p->raw.source;
  return hk_ok();
}

static void start(struct pc *p, const struct file *api, size_t n_api, const struct file *raw, size_t n_raw)
{
  *p = (struct pc){.api = {.source = {.ops = &api_ops}, .v = api, .n = n_api},
                   .raw = {.source = {.ops = &raw_ops}, .v = raw, .n = n_raw},
                   .refused = hk_fail(HK_ABSENT, "find an NTFS volume", HK_NO_OFFSET)};
  const struct hk_chain_ways ways = {.ctx = p, .open_raw = open_raw};
  CHECK_EQ_INT(hk_source_open_chain(&p->api.source, HK_S("CD"), &ways, &p->chain).code, HK_OK);
}
#define START(p, api, raw) start(p, api, sizeof(api) / sizeof(api)[0], raw, sizeof(raw) / sizeof(raw)[0])

static void end(struct pc *p)
{
  p->chain->ops->close(p->chain);
}

/* Reads all of it; method and text, or the error. */
static hk_err take(struct pc *p, const char *path, char text[64], const char **method)
{
  struct hk_stream *in = NULL;
  size_t n = 0, got = 1;
  HK_TRY(p->chain->ops->open(p->chain, hk_str_of(path), &in));
  hk_err e = hk_ok();
  while (e.code == HK_OK && got > 0) {
    e = in->read(in, text + n, 63 - n, &got);
    if (e.code == HK_OK) n += got;
  }
  text[n] = 0;
  *method = in->method;
  in->close(in);
  return e;
}

struct met {
  char paths[16][64];
  char errors[16][64];
  int codes[16];
  size_t n, n_errors;
};

static bool on_entry(void *ctx, const struct hk_entry *e, const struct hk_hits *hits)
{
  struct met *const m = ctx;
  CHECK(hits->n == 1 && hits->v[0] == 0);
  (void)snprintf(m->paths[m->n++], sizeof m->paths[0], "%.*s", (int)e->path.n, e->path.p);
  return true;
}

static void on_error(void *ctx, hk_str path, hk_err e)
{
  struct met *const m = ctx;
  m->codes[m->n_errors] = e.code;
  (void)snprintf(m->errors[m->n_errors++], sizeof m->errors[0], "%.*s", (int)path.n, path.p);
}

static void find(struct pc *p, const char *glob, struct met *m)
{
  const hk_str v = hk_str_of(glob);
  const struct hk_finder finder = {.ctx = m, .on_entry = on_entry, .on_error = on_error};
  *m = (struct met){.n = 0};
  CHECK_EQ_INT(p->chain->ops->find(p->chain, &(struct hk_globs){.v = &v, .n = 1}, &finder).code, HK_OK);
}

static const struct file both[] = {{.path = "C:\\Windows\\SAM", .text = "raw bytes"}};

TEST(test_chain__what_the_api_reads_is_not_read_raw)
{
  static const struct file api[] = {{.path = "C:\\Windows\\SAM", .text = "api bytes"}};
  struct pc p;
  char text[64];
  const char *method = NULL;
  START(&p, api, both);
  CHECK_EQ_INT(take(&p, "C:\\Windows\\SAM", text, &method).code, HK_OK);
  CHECK_EQ_STR(method, "api");
  CHECK_EQ_STR(text, "api bytes");
  CHECK_EQ_INT(p.n_raw_opens, 0);
  end(&p);
}

TEST(test_chain__a_file_held_without_sharing_is_read_raw)
{
  static const struct file api[] = {{.path = "C:\\Windows\\SAM", .refused = {.code = HK_DENIED, .os = 32, .step = "open file"}}};
  struct pc p;
  char text[64];
  const char *method = NULL;
  START(&p, api, both);
  for (int i = 0; i < 2; i++) {
    CHECK_EQ_INT(take(&p, "C:\\Windows\\SAM", text, &method).code, HK_OK);
    CHECK_EQ_STR(method, "raw");
    CHECK_EQ_STR(text, "raw bytes");
  }
  CHECK_EQ_INT(p.n_raw_opens, 1);
  end(&p);
}

TEST(test_chain__where_the_volume_is_not_ntfs_the_api_has_the_last_word)
{
  static const struct file api[] = {{.path = "D:\\x", .refused = {.code = HK_DENIED, .os = 32, .step = "open file"}}};
  struct pc p;
  char text[64];
  const char *method = NULL;
  START(&p, api, both);
  CHECK_EQ_INT(take(&p, "D:\\x", text, &method).os, 32);
  CHECK_EQ_INT(take(&p, "D:\\y", text, &method).code, HK_ABSENT);
  p.refused = hk_fail(HK_DENIED, "open the volume", HK_NO_OFFSET);
  CHECK_EQ_INT(take(&p, "D:\\x", text, &method).os, 32);
  end(&p);
}

TEST(test_chain__a_placeholder_of_the_cloud_is_opened_by_no_way)
{
  static const struct file api[] = {{.path = "C:\\a.doc", .refused = {.code = HK_SKIPPED, .step = "open: the content is in the cloud"}},
                                    {.path = "C:\\b.doc", .refused = {.code = HK_DENIED, .step = "open file"}}};
  static const struct file raw[] = {{.path = "C:\\a.doc", .text = "zeroes"},
                                    {.path = "C:\\b.doc", .refused = {.code = HK_SKIPPED, .step = "open: the content is in the cloud"}}};
  struct pc p;
  char text[64];
  const char *method = NULL;
  START(&p, api, raw);
  CHECK_EQ_INT(take(&p, "C:\\a.doc", text, &method).code, HK_SKIPPED);
  CHECK_EQ_INT(take(&p, "C:\\b.doc", text, &method).code, HK_SKIPPED);
  CHECK_EQ_INT(p.api.n_opened + p.raw.n_opened, 0);
  end(&p);
}

TEST(test_chain__the_api_is_never_asked_for_the_files_of_ntfs_itself)
{
  static const struct file api[] = {{.path = "C:\\$MFT", .text = "must not be touched"}};
  static const struct file raw[] = {{.path = "C:\\$MFT", .text = "FILE0"}, {.path = "C:\\$Extend\\$UsnJrnl:$J", .text = "journal"},
                                    {.path = "C:\\Dir:$I30", .text = "INDX"}};
  struct pc p;
  struct hk_arena a;
  struct hk_entry e;
  hk_str sid;
  char text[64];
  const char *method = NULL;
  hk_arena_init(&a, 0);
  START(&p, api, raw);
  CHECK_EQ_INT(take(&p, "C:\\$MFT", text, &method).code, HK_OK);
  CHECK_EQ_STR(text, "FILE0");
  CHECK_EQ_INT(take(&p, "c:\\$extend\\$usnjrnl:$J", text, &method).code, HK_OK);
  CHECK_EQ_STR(text, "journal");
  /* Windows 10 before 2021 marks a volume as damaged when some of these are opened by name. */
  CHECK_EQ_INT(take(&p, "C:\\Dir:$I30", text, &method).code, HK_OK);
  CHECK_EQ_STR(text, "INDX");
  CHECK_EQ_INT(take(&p, "C:\\:$i30:$bitmap", text, &method).code, HK_ABSENT);
  CHECK_EQ_INT(p.chain->ops->stat(p.chain, HK_S("C:\\$MFT"), &a, &e).code, HK_OK);
  CHECK_EQ_INT(p.chain->ops->owner(p.chain, HK_S("C:\\$MFT"), &a, &sid).code, HK_OK);
  CHECK_EQ_INT(p.chain->ops->stat(p.chain, HK_S("C:\\$Boot"), &a, &e).code, HK_ABSENT);
  CHECK_EQ_INT(p.api.n_asked, 0);
  CHECK(hk_is_metadata(HK_S("C:\\$Secure:$SDS")));
  CHECK(hk_is_metadata(HK_S("C:\\$MFT\\123")));
  CHECK(!hk_is_metadata(HK_S("C:\\$Recycle.Bin\\x")));
  CHECK(!hk_is_metadata(HK_S("C:\\a\\$MFT")));
  end(&p);
  hk_arena_done(&a);
}

TEST(test_chain__lists_what_either_way_knows_and_nothing_twice)
{
  static const struct file api[] = {{.path = "C:\\a"}, {.path = "C:\\b"}, {.path = "D:\\a"}};
  static const struct file raw[] = {{.path = "C:\\$MFT"}, {.path = "C:\\a"}, {.path = "C:\\b"}, {.path = "C:\\denied\\c"}};
  struct pc p;
  struct met m;
  START(&p, api, raw);
  for (int i = 0; i < 2; i++) {
    find(&p, "?:\\**\\*", &m);
    CHECK_EQ_INT(m.n, 5);
    CHECK_EQ_STR(m.paths[3], "C:\\$MFT");
    CHECK_EQ_STR(m.paths[4], "C:\\denied\\c");
    CHECK_EQ_INT(m.n_errors, 0);
  }
  end(&p);
}

TEST(test_chain__a_folder_that_is_denied_is_no_loss_where_raw_lists_it)
{
  static const struct file none[] = {{.path = "C:\\a"}};
  struct pc p;
  struct met m;
  START(&p, none, none);
  p.api.trouble = "C:\\denied";
  p.api.why = hk_fail(HK_DENIED, "open directory", HK_NO_OFFSET);
  find(&p, "?:\\**\\*", &m);
  CHECK_EQ_INT(m.n_errors, 0);
  p.api.trouble = "D:\\denied";
  find(&p, "?:\\**\\*", &m);
  CHECK_EQ_INT(m.n_errors, 1);
  CHECK_EQ_STR(m.errors[0], "D:\\denied");
  end(&p);
}

TEST(test_chain__losses_of_a_raw_listing_count_only_where_it_was_needed)
{
  static const struct file none[] = {{.path = "C:\\a"}};
  struct pc p;
  struct met m;
  START(&p, none, none);
  p.raw.trouble = "C:";
  p.raw.why = hk_fail(HK_DAMAGED, "read $MFT", HK_NO_OFFSET);
  find(&p, "?:\\**\\*", &m);
  CHECK_EQ_INT(m.n_errors, 0);
  p.api.trouble = "C:\\denied";
  p.api.why = hk_fail(HK_DENIED, "open directory", HK_NO_OFFSET);
  find(&p, "?:\\**\\*", &m);
  CHECK_EQ_INT(m.n_errors, 1);
  CHECK_EQ_INT(m.codes[0], HK_DAMAGED);
  end(&p);
}

TEST(test_chain__metadata_of_a_volume_that_refuses_raw_reading_is_denied_not_absent)
{
  static const struct file none[] = {{.path = "C:\\a"}};
  struct pc p;
  struct met m;
  START(&p, none, none);
  p.refused = hk_fail(HK_DENIED, "open the volume: locked by BitLocker; unlock it or give its key first", HK_NO_OFFSET);
  p.api.trouble = "D:";
  p.api.why = hk_fail(HK_UNSUPPORTED, "open directory", HK_NO_OFFSET);
  find(&p, "?:\\**\\*", &m);
  CHECK_EQ_INT(m.n_errors, 4);
  CHECK_EQ_STR(m.errors[0], "D:");
  CHECK_EQ_INT(m.codes[0], HK_DENIED);
  CHECK_EQ_STR(m.errors[1], "D:\\$MFT");
  CHECK_EQ_INT(m.codes[1], HK_DENIED);
  CHECK_EQ_STR(m.errors[2], "D:\\$Extend");
  CHECK_EQ_STR(m.errors[3], "D:\\:$I30");
  end(&p);
}

TEST(test_chain__names_that_differ_in_case_only_are_told_apart_by_reading_raw)
{
  static const struct file api[] = {{.path = "C:\\a\\Twin", .text = "one for both"}, {.path = "C:\\a\\single", .text = "api"}};
  static const struct file raw[] = {
      {.path = "C:\\a\\Twin", .text = "upper"}, {.path = "C:\\a\\twin", .text = "lower"}, {.path = "C:\\a\\single", .text = "raw"}};
  struct pc p;
  struct met m;
  char text[64];
  const char *method = NULL;
  START(&p, api, raw);
  find(&p, "?:\\**\\*", &m);
  CHECK_EQ_INT(m.n, 3);
  CHECK_EQ_INT(take(&p, "C:\\a\\Twin", text, &method).code, HK_OK);
  CHECK_EQ_STR(text, "upper");
  CHECK_EQ_INT(take(&p, "C:\\a\\twin", text, &method).code, HK_OK);
  CHECK_EQ_STR(text, "lower");
  CHECK_EQ_INT(take(&p, "C:\\a\\single", text, &method).code, HK_OK);
  CHECK_EQ_STR(text, "api");
  end(&p);
}

/* A region locked by another process (error 33), or a bad spot that only the driver stumbles over. */
static hk_err read_locked(uint64_t raw_id, hk_time raw_time, const char *raw_text, char text[64], const char **method)
{
  const struct file api[] = {{.path = "C:\\log", .text = "0123456789", .fails_at = 6, .id = 7, .modified_at = 100}};
  const struct file raw[] = {{.path = "C:\\log", .text = raw_text, .id = raw_id, .modified_at = raw_time}};
  struct pc p;
  START(&p, api, raw);
  const hk_err e = take(&p, "C:\\log", text, method);
  end(&p);
  return e;
}

TEST(test_chain__goes_on_raw_where_the_api_fails_in_the_middle)
{
  char text[64];
  const char *method = NULL;
  CHECK_EQ_INT(read_locked(UINT64_C(3) << 48 | 7, 100, "0123456789", text, &method).code, HK_OK);
  CHECK_EQ_STR(text, "0123456789");
  CHECK_EQ_STR(method, "api+raw");
}

TEST(test_chain__does_not_join_two_states_of_a_file)
{
  char text[64];
  const char *method = NULL;
  const struct {
    uint64_t id;
    hk_time at;
    const char *text;
  } other[] = {{8, 100, "0123456789"}, {7, 101, "0123456789"}, {7, 100, "01234567890"}};
  for (size_t i = 0; i < 3; i++) {
    CHECK_EQ_INT(read_locked(other[i].id, other[i].at, other[i].text, text, &method).code, HK_DENIED);
    CHECK_EQ_STR(text, "012345");
    CHECK_EQ_STR(method, "api");
  }
}
