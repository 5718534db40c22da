/* An archive on any output: nothing is sought, nothing read again, the first failure is the last word. */
#include <sys/wait.h>

#include "helpers.h"

static char folder[256];

/* Keeps what comes, and fails from byte `room` on. */
struct keeping {
  struct hk_store_sink sink;
  uint8_t *p;
  size_t n, room, n_writes_after;
  bool failed, finished, closed;
  char note[200];
};
static struct keeping keeping;

static hk_err keep(struct hk_store_sink *s, const void *p, size_t n)
{
  struct keeping *const k = (struct keeping *)(void *)s;
  k->n_writes_after += k->failed;
  if (n > k->room - k->n) {
    k->failed = true;
    return hk_fail(HK_LIMIT, "write: disk full", HK_NO_OFFSET);
  }
  memcpy(k->p + k->n, p, n);
  k->n += n;
  return hk_ok();
}

static hk_err keep_flush(struct hk_store_sink *s)
{
  (void)s;
  return hk_ok();
}

static hk_err keep_finish(struct hk_store_sink *s, hk_str note)
{
  struct keeping *const k = (struct keeping *)(void *)s;
  k->finished = true;
  (void)snprintf(k->note, sizeof k->note, "%.*s", (int)note.n, note.p);
  return hk_ok();
}

static void keep_close(struct hk_store_sink *s)
{
  ((struct keeping *)(void *)s)->closed = true;
}

static hk_err open_keeping(void *ctx, hk_str name, struct hk_store_sink **out)
{
  *(bool *)ctx = hk_str_iends(name, HK_S(".zip.age"));
  *out = &keeping.sink;
  return hk_ok();
}

static struct hk_store *create_keeping(size_t room, bool *named)
{
  const struct hk_case c = case_of("PC01");
  struct hk_store *s = NULL;
  free(keeping.p);
  keeping = (struct keeping){
      .sink = {.write = keep, .flush = keep_flush, .finish = keep_finish, .close = keep_close}, .p = malloc(room), .room = room};
  const struct hk_store_options o = {.dir = HK_S(""), .suffix = HK_S(".age"), .open = open_keeping, .ctx = named};
  CHECK_EQ_INT(hk_store_create(&o, &c, &s).code, HK_OK);
  return s;
}

static void save(const char *path, const void *p, size_t n)
{
  FILE *const f = fopen(path, "wb");
  CHECK(f != NULL);
  CHECK_EQ_INT(fwrite(p, 1, n, f), n);
  fclose(f);
}

static void expect_sound(const char *path)
{
  struct hk_verdict v;
  struct hk_archive *z = NULL;
  CHECK_EQ_INT(hk_store_verify(hk_str_of(path), NULL, NULL, &v).code, HK_OK);
  CHECK(is_sound(&v));
  CHECK_EQ_INT(hk_archive_open(hk_str_of(path), &z).code, HK_OK);
  CHECK(entry_is(z, "uploads/auto/C%3A/a", 300000, 2));
  hk_archive_close(z);
}

TEST(test_sink__an_archive_goes_to_any_output)
{
  char path[300], seal[65];
  bool named = false;
  make_folder(folder);
  (void)snprintf(path, sizeof path, "%s/a.zip", folder);
  struct hk_store *const s = create_keeping(1 << 20, &named);
  CHECK(named);
  add_evidence(s, "C:\\a", 300000, 2);
  CHECK(!keeping.finished);
  CHECK_EQ_INT(hk_store_seal(s, HK_S(""), STARTED_AT, seal).code, HK_OK);
  CHECK(keeping.finished && keeping.closed);
  CHECK(strstr(keeping.note, seal) != NULL);
  save(path, keeping.p, keeping.n);
  expect_sound(path);
  remove_folder(folder);
}

TEST(test_sink__after_a_failure_nothing_more_is_written)
{
  static const size_t rooms[] = {3000, 40000, 120000};
  for (size_t i = 0; i < sizeof rooms / sizeof rooms[0]; i++) {
    bool named = false;
    char seal[65];
    static uint8_t data[500000];
    struct hk_store *const s = create_keeping(rooms[i], &named);
    const struct hk_stored a = stored_at("C:\\a");
    fill(data, sizeof data, 1);
    hk_err e = hk_store_begin(s, &a);
    if (e.code == HK_OK) e = hk_store_write(s, data, sizeof data);
    if (e.code == HK_OK) e = hk_store_end(s, hk_ok(), NULL);
    if (e.code == HK_OK) e = hk_store_settle(s);
    CHECK_EQ_INT(e.code, HK_LIMIT);
    CHECK(hk_store_seal(s, HK_S(""), STARTED_AT, seal).code != HK_OK);
    CHECK_EQ_INT(keeping.n_writes_after, 0);
    CHECK(!keeping.finished && keeping.closed);
  }
}

static hk_err open_stdout(void *ctx, hk_str name, struct hk_store_sink **out)
{
  (void)ctx;
  (void)name;
  return hk_store_sink_stdout(out);
}

static int pack_to_stdout(int fd)
{
  const struct hk_case c = case_of("PC01");
  const struct hk_store_options o = {.dir = HK_S(""), .suffix = HK_S(""), .open = open_stdout};
  struct hk_store *s = NULL;
  char seal[65];
  if (dup2(fd, 1) != 1) return 10;
  close(fd);
  if (hk_store_create(&o, &c, &s).code != HK_OK) return 11;
  add_evidence(s, "C:\\a", 300000, 2);
  return hk_store_seal(s, HK_S(""), STARTED_AT, seal).code == HK_OK ? 0 : 12;
}

TEST(test_sink__standard_output_takes_an_archive_through_a_pipe)
{
  static uint8_t all[1 << 20];
  char path[300];
  int ends[2], status = 0;
  size_t n = 0;
  make_folder(folder);
  (void)snprintf(path, sizeof path, "%s/a.zip", folder);
  CHECK_EQ_INT(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) _exit(pack_to_stdout(ends[1]));
  close(ends[1]);
  for (ssize_t got = 1; got > 0; n += (size_t)got) {
    got = read(ends[0], all + n, sizeof all - n);
    CHECK(got >= 0);
  }
  close(ends[0]);
  CHECK_EQ_INT(waitpid(child, &status, 0), child);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  save(path, all, n);
  expect_sound(path);
  remove_folder(folder);
}
