/* Names of notes: which are known, which are collected from anywhere on a disk. */
#include "check.h"

#include "lib/note_names.h"
#include "ransomnote/ransomnote.h"

static bool is_collected(hk_str path)
{
  for (size_t i = 0; i < ransomnote_module.n_artefacts; i++)
    if (hk_glob_match(hk_str_of(ransomnote_module.artefacts[i].glob), path)) return true;
  return false;
}

static bool has_telling_name(const char *path)
{
  const struct note_name *const n = note_name_of(hk_str_of(path));
  return n != NULL && n->telling;
}

TEST(test_names__names_of_known_families_are_telling)
{
  CHECK(has_telling_name("C:\\a\\HELP_DECRYPT.PNG"));
  CHECK(has_telling_name("C:\\a\\help_decrypt.txt"));
  CHECK(has_telling_name("D:/share/HOW_TO_RECOVER_FILES.txt"));
  CHECK(has_telling_name("C:\\RECOVER-FILES.txt"));
  CHECK(has_telling_name("C:\\a\\Restore-My-Files.txt"));
  CHECK(has_telling_name("C:\\a\\RFNCW-DECRYPT.txt"));
  CHECK(has_telling_name("C:\\a\\_readme.txt"));
}

TEST(test_names__every_pattern_is_found_by_a_name_that_fits_it)
{
  for (size_t i = 0; i < note_names_count; i++) {
    char name[128] = "C:\\a\\";
    size_t n = strlen(name);
    for (const char *p = note_names[i].pattern; *p != '\0' && n + 1 < sizeof name; p++) name[n++] = *p == '*' ? 'x' : *p;
    CHECK(note_name_of((hk_str){.p = name, .n = n}) != NULL);
  }
}

TEST(test_names__ordinary_names_are_not_telling)
{
  CHECK(!has_telling_name("C:\\src\\README.txt"));
  CHECK(!has_telling_name("C:\\HELP_DECRYPT\\notes.txt"));
  CHECK(!has_telling_name("C:\\a\\howto.txt"));
  CHECK(note_name_of(HK_S("C:\\a\\budget.xlsx")) == NULL);
  CHECK(note_name_of(HK_S("")) == NULL);
  CHECK(note_name_of(HK_S("C:\\")) == NULL);
}

/* Every pattern, with a character for each `*`, and each of the endings notes have. */
TEST(test_names__every_telling_name_is_collected_from_anywhere)
{
  static const char *const ends[] = {".txt", ".html", ".hta"};
  for (size_t i = 0; i < note_names_count; i++) {
    if (!note_names[i].telling) continue;
    for (size_t e = 0; e < sizeof ends / sizeof ends[0]; e++) {
      char path[200] = "E:\\share\\dep\\2026\\";
      size_t n = strlen(path);
      for (const char *p = note_names[i].pattern; *p; p++) {
        if (*p == '*')
          path[n++] = e % 2 ? '_' : '-';
        else
          path[n++] = *p;
      }
      path[n] = '\0';
      if (n >= 2 && path[n - 2] == '.' && note_names[i].pattern[strlen(note_names[i].pattern) - 1] == '*')
        path[n -= 2] = '\0';
      if (strrchr(path, '.') == NULL) memcpy(path + n, ends[e], strlen(ends[e]) + 1);
      if (is_collected(hk_str_of(path))) continue;
      printf("  not collected: %s (pattern %s)\n", path, note_names[i].pattern);
      CHECK(false);
    }
  }
}

TEST(test_names__documents_elsewhere_are_not_read)
{
  CHECK(!is_collected(HK_S("C:\\Program Files\\x\\license.txt")));
  CHECK(!is_collected(HK_S("C:\\Windows\\System32\\drivers\\etc\\hosts")));
  CHECK(is_collected(HK_S("C:\\Users\\u\\Documents\\w\\2026\\memo.txt")));
  CHECK(is_collected(HK_S("D:\\memo.txt")));
}
