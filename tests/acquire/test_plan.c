/* The plan: who wants which file, in which order, and what was not there. */
#include "check.h"

#include <unistd.h>

#include "acquire/acquire.h"
#include "os/os.h"

static const struct hk_artefact note_artefacts[] = {
    {.glob = "?:\\**\\*.txt", .name = "text", .examine_only = true, .max_bytes = 10, .rank = 2},
    {.glob = "?:\\**\\note.txt", .name = "note", .rank = 1},
};
static const struct hk_artefact hive_artefacts[] = {
    {.glob = "C:\\Windows\\SYSTEM", .name = "system", .rank = 0},
    {.glob = "C:\\Windows\\SYSTEM.LOG1", .name = "log", .collect_only = true, .rank = 3},
    {.glob = "C:\\Windows\\SAM", .name = "sam"},
};
static const struct hk_module notes = {.name = "notes", .artefacts = note_artefacts, .n_artefacts = 2};
static const struct hk_module hives = {.name = "hives", .artefacts = hive_artefacts, .n_artefacts = 3};
static const struct hk_module *const modules[] = {&notes, &hives};
static const struct hk_wanted wanted = {.modules = modules, .n_modules = 2};

static void put(struct hk_arena *a, hk_str dir, const char *name, const char *text)
{
  struct os_file *f = NULL;
  CHECK_EQ_INT(os_make_dir(dir).code, HK_OK);
  CHECK_EQ_INT(os_open(os_join(a, dir, hk_str_of(name)), OS_CREATE, &f).code, HK_OK);
  CHECK_EQ_INT(os_write(f, text, strlen(text)).code, HK_OK);
  os_close(f);
}

static struct hk_source *make_pc(struct hk_arena *a)
{
  unsigned char r[4];
  struct hk_source *s = NULL;
  os_random(r, sizeof r);
  const hk_str root = hk_str_printf(a, "/tmp/hk-plan-%02x%02x%02x%02x", r[0], r[1], r[2], r[3]);
  CHECK_EQ_INT(os_make_dir(root).code, HK_OK);
  CHECK_EQ_INT(os_make_dir(os_join(a, root, HK_S("C"))).code, HK_OK);
  const hk_str windows = os_join(a, root, HK_S("C/Windows"));
  put(a, windows, "SYSTEM", "hive");
  put(a, windows, "SYSTEM.LOG1", "log");
  put(a, windows, "note.txt", "pay now, or else");
  put(a, windows, "small.txt", "hello");
  put(a, windows, "large.txt", "more than ten bytes");
  CHECK_EQ_INT(hk_source_open_dir(root, &s).code, HK_OK);
  return s;
}

static const struct hk_planned *file_named(const struct hk_plan *p, const char *path)
{
  for (size_t i = 0; i < p->n_files; i++)
    if (hk_str_eq(p->files[i].entry.path, hk_str_of(path))) return &p->files[i];
  return NULL;
}

TEST(test_plan__names_each_file_once_with_all_who_want_it)
{
  struct hk_arena a;
  struct hk_plan p;
  hk_arena_init(&a, 0);
  struct hk_source *const s = make_pc(&a);
  CHECK_EQ_INT(hk_plan_make(s, &wanted, NULL, &p).code, HK_OK);
  CHECK_EQ_INT(p.n_files, 4);
  CHECK(hk_str_eq(p.files[0].entry.path, HK_S("C:\\Windows\\SYSTEM")));
  const struct hk_planned *const note = file_named(&p, "C:\\Windows\\note.txt");
  CHECK(note != NULL && note->store && note->modules == 1);
  CHECK_EQ_STR(note->artefact->name, "note");
  hk_plan_done(&p);
  s->ops->close(s);
  hk_arena_done(&a);
}

TEST(test_plan__leaves_large_ordinary_documents_alone)
{
  struct hk_arena a;
  struct hk_plan p;
  hk_arena_init(&a, 0);
  struct hk_source *const s = make_pc(&a);
  CHECK_EQ_INT(hk_plan_make(s, &wanted, NULL, &p).code, HK_OK);
  const struct hk_planned *const small = file_named(&p, "C:\\Windows\\small.txt");
  CHECK(small != NULL && !small->store && small->modules == 1);
  CHECK(file_named(&p, "C:\\Windows\\large.txt") == NULL);
  const struct hk_planned *const log = file_named(&p, "C:\\Windows\\SYSTEM.LOG1");
  CHECK(log != NULL && log->store && log->modules == 0);
  hk_plan_done(&p);
  s->ops->close(s);
  hk_arena_done(&a);
}

TEST(test_plan__says_what_was_not_there)
{
  struct hk_arena a;
  struct hk_plan p;
  hk_arena_init(&a, 0);
  struct hk_source *const s = make_pc(&a);
  CHECK_EQ_INT(hk_plan_make(s, &wanted, NULL, &p).code, HK_OK);
  CHECK_EQ_INT(p.n_missing, 1);
  CHECK(hk_str_eq(p.missing[0].path, HK_S("C:\\Windows\\SAM")));
  CHECK_EQ_INT(p.missing[0].why.code, HK_ABSENT);
  hk_plan_done(&p);
  s->ops->close(s);
  hk_arena_done(&a);
}

static bool count_bytes(void *ctx, const void *p, size_t n)
{
  (void)p;
  *(size_t *)ctx += n;
  return true;
}

TEST(test_acquire__taps_every_byte_and_reports_what_is_gone)
{
  struct hk_arena a;
  struct hk_plan p;
  struct hk_acquired got;
  size_t n = 0;
  const struct hk_tap tap = {.ctx = &n, .bytes = count_bytes};
  hk_arena_init(&a, 0);
  struct hk_source *const s = make_pc(&a);
  CHECK_EQ_INT(hk_plan_make(s, &wanted, NULL, &p).code, HK_OK);
  CHECK_EQ_INT(hk_acquire_file(s, NULL, file_named(&p, "C:\\Windows\\note.txt"), &tap, &got).code, HK_OK);
  CHECK_EQ_INT(got.read_result.code, HK_OK);
  CHECK_EQ_INT(n, 16);
  struct hk_planned gone = *file_named(&p, "C:\\Windows\\SYSTEM");
  gone.entry.path = HK_S("C:\\Windows\\vanished");
  CHECK_EQ_INT(hk_acquire_file(s, NULL, &gone, &tap, &got).code, HK_OK);
  CHECK_EQ_INT(got.read_result.code, HK_SKIPPED);
  CHECK(!got.stored);
  hk_plan_done(&p);
  s->ops->close(s);
  hk_arena_done(&a);
}
