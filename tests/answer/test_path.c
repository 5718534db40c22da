/* Path keys: which spellings are one path, and which must not become one. */
#include "../check.h"

#include "answer/path.h"

static struct hk_arena arena;

static const char *key(const char *path)
{
  const struct hk_path_key k = hk_path_key(&arena, hk_str_of(path));
  return hk_str_z(&arena, k.key);
}

TEST(test_path__letters_fold_and_prefixes_fall_away)
{
  CHECK_EQ_STR(key("C:\\Users\\Tanaka\\A.TXT"), "c:\\users\\tanaka\\a.txt");
  CHECK_EQ_STR(key("\\\\?\\C:\\Users\\Tanaka\\A.TXT"), "c:\\users\\tanaka\\a.txt");
  CHECK_EQ_STR(key("\\??\\C:\\Users/Tanaka//A.TXT"), "c:\\users\\tanaka\\a.txt");
  CHECK_EQ_STR(key("C:\\Users\\Tanaka\\"), "c:\\users\\tanaka");
  CHECK_EQ_STR(key("E:\\"), "e:\\");
  CHECK_EQ_STR(key("E:"), "e:\\");
}

TEST(test_path__unresolved_volumes_keep_their_own_name)
{
  CHECK_EQ_STR(key("\\VOLUME{01d0a1b2c3d4e5f6-9A3C11D0}\\USERS\\A.EXE"),
               "volume{01d0a1b2c3d4e5f6-9a3c11d0}:\\users\\a.exe");
  CHECK_EQ_STR(key("\\Device\\HarddiskVolume3\\Users\\a.exe"), "harddiskvolume3:\\users\\a.exe");
  CHECK_EQ_STR(key("\\\\?\\Volume{0a}\\x"), "volume{0a}:\\x");
  CHECK_EQ_STR(key("\\SystemRoot\\System32\\a.exe"), "%systemroot%:\\system32\\a.exe");
  CHECK_EQ_STR(key("%windir%\\a.exe"), "%windir%:\\a.exe");
  CHECK_EQ_STR(key("{F38BF404-1D43-42F2-9305-67DE0B28FC23}\\explorer.exe"),
               "{f38bf404-1d43-42f2-9305-67de0b28fc23}:\\explorer.exe");
  CHECK_EQ_STR(key("\\\\SRV\\Share$\\x.exe"), "unc\\srv\\share$:\\x.exe");
  CHECK_EQ_STR(key("\\\\?\\UNC\\SRV\\Share$\\x.exe"), "unc\\srv\\share$:\\x.exe");
  CHECK_EQ_STR(key("\\Device\\Mup\\SRV\\Share$\\x.exe"), "unc\\srv\\share$:\\x.exe");
  CHECK_EQ_STR(key("tools\\x.exe"), "?:tools\\x.exe");
  CHECK_EQ_STR(key("c:x.exe"), "?:c:x.exe");
}

TEST(test_path__a_bare_name_is_never_a_path)
{
  const struct hk_path_key k = hk_path_name_key(&arena, HK_S("SVCHOST.EXE"));
  CHECK_EQ_BYTES(k.key.p, k.key.n, "name:svchost.exe");
  CHECK_EQ_INT(hk_path_parent(&k), 0);
  CHECK(strcmp(key("svchost.exe"), "name:svchost.exe") != 0);
}

TEST(test_path__parts_of_a_key)
{
  const struct hk_path_key k = hk_path_key(&arena, HK_S("C:\\a\\b.tar.GZ"));
  const hk_str name = hk_path_name(&k);
  CHECK_EQ_BYTES(name.p, name.n, "b.tar.gz");
  const hk_str ext = hk_path_ext(name);
  CHECK_EQ_BYTES(ext.p, ext.n, "gz");
  CHECK_EQ_INT(hk_path_parent(&k), strlen("c:\\a"));
  const struct hk_path_key top = hk_path_key(&arena, HK_S("C:\\a"));
  CHECK_EQ_INT(hk_path_parent(&top), strlen("c:\\"));
  const struct hk_path_key root = hk_path_key(&arena, HK_S("C:\\"));
  CHECK_EQ_INT(hk_path_parent(&root), 0);
  CHECK_EQ_INT(hk_path_ext(HK_S("readme")).n, 0);
}

TEST(test_path__survives_what_evidence_may_write)
{
  static const char *const odd[] = {"",          "\\",       "\\\\",         "\\\\?\\",   "\\\\?",
                                    ":",         "::",       "\\??\\",       "%",         "%%",
                                    "%a%",       "{",        "\\Device\\",   "\\Device",  "\\\\srv",
                                    "\\\\srv\\", "\xff\xfe", "C:\\\xe3\x81", "\\volume{", "\\volume{}"};
  for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
    const struct hk_path_key k = hk_path_key(&arena, hk_str_of(odd[i]));
    CHECK(k.key.p != NULL || odd[i][0] == '\0');
    CHECK(hk_path_parent(&k) <= k.key.n);
    CHECK(hk_path_name(&k).n <= k.key.n);
    CHECK(hk_str_valid(k.key));
  }
}

static enum hk_place place(const char *path)
{
  const struct hk_path_key k = hk_path_key(&arena, hk_str_of(path));
  const size_t parent = hk_path_parent(&k);
  const hk_str folder = hk_str_sub(k.key, k.vol.n + 1, parent);
  return hk_place_of(hk_place_inside(k.vol, folder), hk_path_ext(hk_path_name(&k)));
}

TEST(test_path__places_are_told_by_folder)
{
  CHECK_EQ_INT(place("C:\\Users\\t\\AppData\\Local\\Microsoft\\Windows\\INetCache\\IE\\7F3A\\a[1].tmp"),
               HK_PLACE_WEB_CACHE);
  CHECK_EQ_INT(
      place("C:\\Users\\t\\AppData\\Local\\Microsoft\\Windows\\Temporary Internet Files\\Content.IE5\\X\\a.exe"),
      HK_PLACE_WEB_CACHE);
  CHECK_EQ_INT(place("C:\\Users\\t\\AppData\\Local\\Google\\Chrome\\User Data\\Default\\Cache\\Cache_Data\\f_01"),
               HK_PLACE_WEB_CACHE);
  CHECK_EQ_INT(place("C:\\Users\\t\\AppData\\Local\\Microsoft\\Windows\\INetCache\\Content.Outlook\\Q\\a.zip"),
               HK_PLACE_MAIL_TEMP);
  CHECK_EQ_INT(place("C:\\Documents and Settings\\t\\Local Settings\\Temporary Internet Files\\OLK1F\\a.doc"),
               HK_PLACE_MAIL_TEMP);
  CHECK_EQ_INT(place("C:\\Users\\t\\AppData\\Local\\Temp\\Temp1_a.zip\\a.exe"), HK_PLACE_ARCHIVE_TEMP);
  CHECK_EQ_INT(place("C:\\Users\\t\\AppData\\Local\\Temp\\7zO0A\\a.exe"), HK_PLACE_ARCHIVE_TEMP);
  CHECK_EQ_INT(place("C:\\Users\\t\\AppData\\Local\\Temp\\Rar$EXa1.2\\a.exe"), HK_PLACE_ARCHIVE_TEMP);
  CHECK_EQ_INT(place("C:\\Users\\t\\AppData\\Local\\Temp\\a.exe"), HK_PLACE_TEMP);
  CHECK_EQ_INT(place("C:\\Windows\\Temp\\a.exe"), HK_PLACE_TEMP);
  CHECK_EQ_INT(place("C:\\Users\\t\\Downloads\\a.exe"), HK_PLACE_DOWNLOADS);
  CHECK_EQ_INT(place("\\\\pc2\\ADMIN$\\psexesvc.exe"), HK_PLACE_ADMIN_SHARE);
  CHECK_EQ_INT(place("C:\\Users\\t\\Documents\\w\\a.xlsx"), HK_PLACE_DOCUMENTS);
  CHECK_EQ_INT(place("C:\\Users\\t\\Documents\\w\\a.xlsx.lockd"), HK_PLACE_ODD_DOCUMENT);
  CHECK_EQ_INT(place("C:\\Users\\t\\Documents\\w\\Makefile"), HK_PLACE_DOCUMENTS);
  CHECK_EQ_INT(place("C:\\Windows\\System32\\cmd.exe"), HK_PLACE_NONE);
  CHECK_EQ_INT(place("C:\\inetcache.exe"), HK_PLACE_NONE);
}

TEST(test_path__tools_are_told_by_name)
{
  CHECK_EQ_INT(hk_tool_of(HK_S("winword.exe")), HK_TOOL_OFFICE);
  CHECK_EQ_INT(hk_tool_of(HK_S("powershell.exe")), HK_TOOL_SCRIPT_HOST);
  CHECK_EQ_INT(hk_tool_of(HK_S("xwinword.exe")), HK_TOOL_NONE);
}
