/* Names in the archive. */
#include "store/layout.h"

#include "check.h"

static struct hk_arena arena;
static struct layout *layout;

static void begin(void)
{
  hk_arena_init(&arena, 0);
  CHECK_EQ_INT(layout_open(&layout).code, HK_OK);
}

static void done(void)
{
  layout_close(layout);
  hk_arena_done(&arena);
}

static struct layout_place place(const char *path)
{
  struct layout_place p = {.renamed = false};
  CHECK_EQ_INT(layout_place(layout, &arena, hk_str_of(path), false, &p).code, HK_OK);
  return p;
}

#define CHECK_NAME(path, want)                                                                                         \
  do {                                                                                                                 \
    const struct layout_place p_ = place(path);                                                                        \
    CHECK_EQ_BYTES(p_.name.p, p_.name.n, want);                                                                        \
    CHECK(!p_.renamed);                                                                                                \
    const hk_str back_ = layout_evidence_path(&arena, p_.name);                                                        \
    CHECK_EQ_BYTES(back_.p, back_.n, path);                                                                            \
  } while (0)

TEST(test_layout__escapes_what_no_file_system_may_see_and_back)
{
  begin();
  CHECK_NAME("C:\\Windows\\Prefetch\\CMD.EXE-0BD30981.pf", "uploads/auto/C%3A/Windows/Prefetch/CMD.EXE-0BD30981.pf");
  CHECK_NAME("C:\\Users\\利用者\\請求書.docx", "uploads/auto/C%3A/Users/利用者/請求書.docx");
  CHECK_NAME("C:\\a\\x.exe:Zone.Identifier", "uploads/auto/C%3A/a/x.exe%3AZone.Identifier");
  CHECK_NAME("C:\\$Extend\\$UsnJrnl:$J", "uploads/auto/C%3A/$Extend/$UsnJrnl%3A$J");
  CHECK_NAME("D:\\100%", "uploads/auto/D%3A/100%25");
  CHECK_NAME("D:\\a%41b", "uploads/auto/D%3A/a%2541b");
  CHECK_NAME("D:\\q?\"*|<>/z", "uploads/auto/D%3A/q%3F%22%2A%7C%3C%3E%2Fz");
  CHECK_NAME("D:\\.dot.", "uploads/auto/D%3A/%2Edot%2E");
  CHECK_NAME("D:\\ space \\b", "uploads/auto/D%3A/%20space%20/b");
  CHECK_NAME("D:\\...", "uploads/auto/D%3A/%2E.%2E");
  CHECK_NAME("D:\\tab\there", "uploads/auto/D%3A/tab%09here");
  done();
}

TEST(test_layout__device_names_do_not_open_devices)
{
  begin();
  CHECK_NAME("C:\\CON", "uploads/auto/C%3A/%43ON");
  CHECK_NAME("C:\\nul.txt", "uploads/auto/C%3A/%6Eul.txt");
  CHECK_NAME("C:\\Com1.tar.gz", "uploads/auto/C%3A/%43om1.tar.gz");
  CHECK_NAME("C:\\aux .x", "uploads/auto/C%3A/%61ux .x");
  CHECK_NAME("C:\\LPT\xC2\xB9", "uploads/auto/C%3A/%4CPT\xC2\xB9");
  CHECK_NAME("C:\\CONSOLE", "uploads/auto/C%3A/CONSOLE");
  CHECK_NAME("C:\\COM10", "uploads/auto/C%3A/COM10");
  done();
}

TEST(test_layout__volumes)
{
  begin();
  CHECK_NAME("\\\\.\\C:\\$MFT", "uploads/auto/%5C%5C.%5CC%3A/$MFT");
  CHECK_NAME("\\\\?\\GLOBALROOT\\Device\\HarddiskVolumeShadowCopy3\\Windows\\x",
             "uploads/auto/%5C%5C%3F%5CGLOBALROOT%5CDevice%5CHarddiskVolumeShadowCopy3/Windows/x");
  CHECK_NAME("\\\\server\\share\\a", "uploads/auto/%5C%5Cserver%5Cshare/a");
  CHECK_NAME("c:\\x", "uploads/auto/c%3A/x");
  done();
}

TEST(test_layout__never_leaves_its_folder)
{
  begin();
  static const char *const paths[] = {"C:\\..\\..\\x", "C:\\.\\x", "..\\..\\etc\\passwd", "/etc/../x", "C:\\a\\..", "\\\\..\\..\\x", ".."};
  for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
    const struct layout_place p = place(paths[i]);
    CHECK(p.renamed);
    CHECK(hk_str_starts(p.name, HK_S("uploads/auto/")));
    for (size_t k = 0; k < p.n_parts; k++) {
      CHECK(!hk_str_eq(p.parts[k], HK_S("..")));
      CHECK(!hk_str_eq(p.parts[k], HK_S(".")));
    }
  }
  done();
}

TEST(test_layout__two_names_that_differ_in_case_only_become_two_files)
{
  begin();
  CHECK_NAME("C:\\a\\Twin.txt", "uploads/auto/C%3A/a/Twin.txt");
  const struct layout_place p = place("C:\\a\\twin.TXT");
  CHECK_EQ_BYTES(p.name.p, p.name.n, "uploads/auto/C%3A/a/twin~hk2.TXT");
  CHECK(p.renamed);
  CHECK_EQ_BYTES(p.parts[4].p, p.parts[4].n, "twin~hk2.TXT");
  const struct layout_place again = place("C:\\a\\Twin.txt");
  CHECK(again.renamed);
  CHECK(!hk_str_eq(again.name, p.name));
  CHECK(place("C:\\K.txt").n_parts == 4);
  CHECK(place("C:\\\xE2\x84\xAA.txt").renamed); /* the Kelvin sign folds to k in other readers' tables */
  done();
}

TEST(test_layout__a_folder_in_another_case_is_the_same_folder)
{
  begin();
  CHECK_NAME("C:\\Windows\\a", "uploads/auto/C%3A/Windows/a");
  const struct layout_place p = place("C:\\WINDOWS\\b");
  CHECK_EQ_BYTES(p.name.p, p.name.n, "uploads/auto/C%3A/Windows/b");
  CHECK(p.renamed);
  done();
}

TEST(test_layout__a_file_where_a_folder_must_be)
{
  begin();
  CHECK_NAME("C:\\x", "uploads/auto/C%3A/x");
  const struct layout_place p = place("C:\\X\\y");
  CHECK_EQ_BYTES(p.name.p, p.name.n, "uploads/auto/C%3A/X~hk2/y");
  CHECK_NAME("C:\\d\\y", "uploads/auto/C%3A/d/y");
  const struct layout_place q = place("C:\\D");
  CHECK_EQ_BYTES(q.name.p, q.name.n, "uploads/auto/C%3A/D~hk3");
  done();
}

TEST(test_layout__long_components_are_shortened_and_keep_their_extension)
{
  begin();
  char path[4096] = "C:\\";
  for (int i = 0; i < 100; i++) (void)memcpy(path + 3 + 3 * i, "長", 4);
  (void)memcpy(path + 303, ".evtx", 6);
  const struct layout_place p = place(path);
  CHECK(p.renamed);
  CHECK(p.name.n <= 17 + 255);
  CHECK(hk_str_iends(p.name, HK_S(".evtx")));
  CHECK(hk_str_valid(p.name));
  path[300] = 0; /* 99 characters, another name with the same beginning */
  (void)memcpy(path + 300, ".evtx", 6);
  CHECK(!hk_str_eq(place(path).name, p.name));
  char plain[260];
  memset(plain, 'a', 258);
  plain[258] = 0;
  (void)memcpy(plain, "C:\\", 3);
  CHECK(!place(plain).renamed); /* 255 bytes are fine */
  done();
}

TEST(test_layout__long_paths_get_a_folder_of_their_own)
{
  begin();
  char path[8192] = "C:";
  size_t n = 2;
  for (int i = 0; i < 40; i++) n += (size_t)snprintf(path + n, sizeof path - n, "\\d%099d", i);
  (void)snprintf(path + n, sizeof path - n, "\\end.lnk");
  const struct layout_place p = place(path);
  CHECK(p.renamed);
  CHECK(hk_str_starts(p.name, HK_S("uploads/auto/C%3A/~hk-long/")));
  CHECK(hk_str_iends(p.name, HK_S("/end.lnk")));
  CHECK(p.name.n < 300);
  n = 2;
  for (int i = 0; i < 2000; i++) n += (size_t)snprintf(path + n, sizeof path - n, "\\x");
  CHECK(place(path).renamed);
  done();
}

TEST(test_layout__odd_paths_have_a_place)
{
  begin();
  static const char *const paths[] = {"", "C:", "C:\\", "\\", "\\\\", "C:\\a\\", "C:\\\\a", "x", "a\\b", "/root/x", "\\\\?\\GLOBALROOT\\",
                                      "\\\\?\\GLOBALROOT\\Device\\x"};
  for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
    const struct layout_place p = place(paths[i]);
    CHECK(hk_str_starts(p.name, HK_S("uploads/auto/")));
    CHECK(p.name.n > 13);
    CHECK(p.name.p[p.name.n - 1] != '/');
  }
  done();
}

TEST(test_layout__bytes_that_are_no_utf8_are_renamed)
{
  begin();
  const struct layout_place p = place("C:\\a\xFF" "b");
  CHECK(p.renamed);
  CHECK(hk_str_valid(p.name));
  done();
}

static hk_err count_folder(void *ctx, hk_str folder)
{
  CHECK(folder.p[folder.n - 1] == '/');
  ++*(int *)ctx;
  return hk_ok();
}

TEST(test_layout__each_folder_is_made_once)
{
  begin();
  int n = 0;
  const struct layout_place a = place("C:\\x\\y\\1");
  CHECK_EQ_INT(layout_folders(layout, a.name, count_folder, &n).code, HK_OK);
  CHECK_EQ_INT(n, 5); /* uploads auto C%3A x y */
  const struct layout_place b = place("C:\\X\\z\\2");
  CHECK_EQ_INT(layout_folders(layout, b.name, count_folder, &n).code, HK_OK);
  CHECK_EQ_INT(n, 6);
  done();
}

TEST(test_layout__names_of_our_own_are_plain)
{
  begin();
  static const char *const bad[] = {"", "/a", "a/", "a//b", "../a", "a/../b", "a\\b", "a:b", "a/.x", "metadata.json", "data.zip",
                                    "hunt_info.json", "logs.json", "利"};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) CHECK_EQ_INT(layout_own(layout, hk_str_of(bad[i])).code, HK_USAGE);
  CHECK_EQ_INT(layout_own(layout, HK_S("results/Hikeshi.Files%2FAll.json")).code, HK_OK);
  CHECK_EQ_INT(layout_own(layout, HK_S("Results/hikeshi.files%2Fall.json")).code, HK_USAGE);
  done();
}
