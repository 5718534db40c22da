/* Where a file goes in the unpacked tree, under both systems' rules. */
#include "run/unpack_name.h"

#include "check.h"

static struct hk_arena arena;

/* "folder|folder|file" and ">base>stream" behind it; "refused". */
static const char *place(hk_str path, bool windows)
{
  struct hk_unpack_place p = {.changed = false};
  const hk_err e = hk_unpack_place(&arena, path, windows, &p);
  if (e.code != HK_OK) return hk_code_name(e.code);
  hk_str s = HK_S("");
  for (size_t i = 0; i < p.n_folders; i++)
    s = hk_str_printf(&arena, "%.*s%.*s|", (int)s.n, s.p, (int)p.folders[i].n, p.folders[i].p);
  s = hk_str_printf(&arena, "%.*s%.*s", (int)s.n, s.p, (int)p.file.n, p.file.p);
  if (p.stream.n > 0)
    s = hk_str_printf(&arena, "%.*s>%.*s>%.*s", (int)s.n, s.p, (int)p.base.n, p.base.p, (int)p.stream.n, p.stream.p);
  return s.p;
}

#define CHECK_PLACE(path, on_windows, on_posix)                                                                        \
  do {                                                                                                                 \
    CHECK_EQ_STR(place(HK_S(path), true), on_windows);                                                                 \
    CHECK_EQ_STR(place(HK_S(path), false), on_posix);                                                                  \
  } while (0)

TEST(test_unpack_name__volumes_become_folders)
{
  CHECK_PLACE("C:\\Users\\利用者\\x.txt", "C|Users|利用者|x.txt", "C|Users|利用者|x.txt");
  CHECK_PLACE("d:/a/b", "D|a|b", "D|a|b");
  CHECK_PLACE("\\\\.\\C:\\$MFT", "C|$MFT", "C|$MFT");
  CHECK_PLACE("\\\\?\\C:\\x", "C|x", "C|x");
  CHECK_PLACE("\\\\?\\GLOBALROOT\\Device\\HarddiskVolumeShadowCopyC{00000000-0000-0000-0000-00000000000a}\\Windows\\x",
              "VSSC{00000000-0000-0000-0000-00000000000a}|Windows|x", "VSSC{00000000-0000-0000-0000-00000000000a}|Windows|x");
  CHECK_PLACE("\\\\?\\GLOBALROOT\\Device\\HarddiskVolumeShadowCopy12\\Windows\\x", "VSS12|Windows|x",
              "VSS12|Windows|x");
  CHECK_PLACE("results/x.json", "results|x.json", "results|x.json");
  hk_arena_done(&arena);
}

TEST(test_unpack_name__nothing_leads_out)
{
  CHECK_PLACE("..", "refused", "refused");
  CHECK_PLACE("../x", "refused", "refused");
  CHECK_PLACE("..\\x", "refused", "refused");
  CHECK_PLACE("a/..\\..\\x", "refused", "refused");
  CHECK_PLACE("C:\\..\\x", "refused", "refused");
  CHECK_PLACE("C:\\a\\..", "refused", "refused");
  CHECK_PLACE("/etc/x", "refused", "refused");
  CHECK_PLACE("\\x", "refused", "refused");
  CHECK_PLACE("\\\\server\\share\\x", "refused", "refused");
  CHECK_PLACE("\\\\.\\\\x", "refused", "refused");
  CHECK_PLACE("\\\\?\\GLOBALROOT\\Device\\HarddiskVolumeShadowCopy..\\x", "refused", "refused");
  CHECK_PLACE("\\\\?\\UNC\\server\\x", "refused", "refused");
  CHECK_PLACE("\\\\.\\PhysicalDrive0", "refused", "refused");
  CHECK_PLACE("C:x", "refused", "refused");
  CHECK_PLACE("C:", "refused", "refused");
  CHECK_PLACE("C:\\", "refused", "refused");
  CHECK_PLACE("C:\\.\\", "refused", "refused");
  CHECK_PLACE("", "refused", "refused");
  CHECK_PLACE("./a//./b", "a|b", "a|b");
  /* In an evidence path '/' is a letter like any other, and no file system's. */
  CHECK_PLACE("C:\\a/../../x", "C|a%2F..%2F..%2Fx", "C|a%2F..%2F..%2Fx");
  hk_arena_done(&arena);
}

TEST(test_unpack_name__what_windows_cannot_hold_is_escaped)
{
  CHECK_PLACE("C:\\CON", "C|%43ON", "C|CON");
  CHECK_PLACE("C:\\nul.tar.gz", "C|%6Eul.tar.gz", "C|nul.tar.gz");
  CHECK_PLACE("C:\\com1\\x", "C|%63om1|x", "C|com1|x");
  CHECK_PLACE("C:\\CONSOLE", "C|CONSOLE", "C|CONSOLE");
  CHECK_PLACE("C:\\tail. ", "C|tail.%20", "C|tail. ");
  CHECK_PLACE("C:\\dot.\\x", "C|dot%2E|x", "C|dot.|x");
  CHECK_PLACE("C:\\...", "C|..%2E", "C|...");
  CHECK_PLACE("C:\\.gitconfig", "C|.gitconfig", "C|.gitconfig");
  CHECK_PLACE("C:\\a<b>?", "C|a%3Cb%3E%3F", "C|a<b>?");
  CHECK_PLACE("C:\\a\x1b[31m", "C|a%1B[31m", "C|a\x1b[31m");
  CHECK_PLACE("C:\\50%", "C|50%", "C|50%");
  CHECK_PLACE("C:\\50%3A?", "C|50%253A%3F", "C|50%3A?");
  CHECK_PLACE("C:\\\xff\xfe", "C|%FF%FE", "C|\xff\xfe");
  CHECK_EQ_STR(place((hk_str){.p = "C:\\a\0b", .n = 6}, false), "C|a%00b");
  hk_arena_done(&arena);
}

TEST(test_unpack_name__streams_belong_to_files)
{
  CHECK_PLACE("C:\\x.exe:Zone.Identifier", "C|x.exe%3AZone.Identifier>x.exe>Zone.Identifier",
              "C|x.exe:Zone.Identifier");
  CHECK_PLACE("C:\\a:b\\x", "C|a%3Ab|x", "C|a:b|x");
  /* These would be the file's own content, or an attribute that is no stream. */
  CHECK_PLACE("C:\\x::$DATA", "C|x%3A%3A$DATA", "C|x::$DATA");
  CHECK_PLACE("C:\\x:s:$DATA", "C|x%3As%3A$DATA", "C|x:s:$DATA");
  CHECK_PLACE("C:\\:s", "C|%3As", "C|:s");
  CHECK_PLACE("C:\\x:", "C|x%3A", "C|x:");
  CHECK_PLACE("C:\\$Extend\\$UsnJrnl:$J", "C|$Extend|$J", "C|$Extend|$J");
  CHECK_PLACE("C:\\Users\\a\\Desktop:$I30", "C|Users|a|Desktop_$I30", "C|Users|a|Desktop_$I30");
  CHECK_PLACE("C:\\:$I30", "C|$I30", "C|$I30");
  CHECK_PLACE("C:\\$Secure:$SDS", "C|$Secure_$SDS", "C|$Secure_$SDS");
  hk_arena_done(&arena);
}

/* 255 kanji are a name on NTFS and 765 bytes, three times what Linux holds. */
TEST(test_unpack_name__over_long_names_keep_head_and_extension)
{
  char path[3 + 255 * 3 + 5] = "C:\\";
  size_t n = 3;
  for (int i = 0; i < 251; i++, n += 3)
    memcpy(path + n, "\xE7\x81\xAB", 3);
  memcpy(path + n, ".txt", 4);
  n += 4;
  struct hk_unpack_place p = {.changed = false};
  CHECK_EQ_INT(hk_unpack_place(&arena, (hk_str){.p = path, .n = n}, true, &p).code, HK_OK);
  CHECK_EQ_INT(p.file.n, n - 3);
  CHECK(!p.changed);
  CHECK_EQ_INT(hk_unpack_place(&arena, (hk_str){.p = path, .n = n}, false, &p).code, HK_OK);
  CHECK(p.changed && p.file.n <= 255 && hk_str_valid(p.file) && hk_str_iends(p.file, HK_S(".txt")));
  CHECK(memcmp(p.file.p, path + 3, 60) == 0);
  const hk_str first = p.file;
  path[n - 5] ^= 1; /* the last kanji is another one: another name */
  CHECK_EQ_INT(hk_unpack_place(&arena, (hk_str){.p = path, .n = n}, false, &p).code, HK_OK);
  CHECK(!hk_str_eq(first, p.file));
  CHECK(hk_unpack_numbered(&arena, first, 4000000000u).n <= 255);
  hk_arena_done(&arena);
}

TEST(test_unpack_name__too_deep_is_a_limit)
{
  char path[4096];
  for (size_t i = 0; i < sizeof path; i++)
    path[i] = i % 2 == 0 ? 'a' : '/';
  CHECK_EQ_STR(place((hk_str){.p = path, .n = sizeof path}, false), "limit");
  hk_arena_done(&arena);
}

TEST(test_unpack_name__entries_of_other_tools_have_evidence_paths)
{
  static const char *const names[][2] = {
      {"uploads/auto/C%3A/Users/x", "C:\\Users\\x"},
      {"uploads/ntfs/%5C%5C.%5CC%3A/x", "\\\\.\\C:\\x"},
      {"C/Users/x", "C:\\Users\\x"},
      {"fs/C:/x", "C:\\x"},
      {"c%3a/x", "C:\\x"},
      {"results/x", "results/x"},
      {"C", "C"},
      {"", ""},
  };
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    const hk_str path = hk_unpack_entry_path(&arena, hk_str_of(names[i][0]));
    CHECK(hk_str_eq(path, hk_str_of(names[i][1])));
  }
  hk_arena_done(&arena);
}
