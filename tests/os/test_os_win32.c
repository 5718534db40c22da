/* What only Windows has: its command line, and names that GetFullPathName would change. Runs under Wine too. */
#include "check.h"

#include "os/os_machine_win32.c" /* for take_argument */

static struct hk_arena arena;

/* The arguments of one command line, as "[a][b]". */
static const char *split(const WCHAR *line)
{
    static char text[256];
    WCHAR one[256];
    size_t used = 0;
    hk_arena_done(&arena);
    text[0] = 0;
    for (int i = 0; i == 0 || *line; i++) {
        const size_t n = take_argument(&line, i == 0, one);
        const hk_str s = os_narrow(&arena, one, n);
        used += (size_t)snprintf(text + used, sizeof text - used, "[%.*s]", (int)s.n, s.p);
        while (*line == L' ' || *line == L'\t') line++;
    }
    return text;
}

/* The examples of "Parsing C command-line arguments" in Microsoft's documentation of C. */
TEST(test_os__splits_the_command_line_as_documented)
{
    CHECK_EQ_STR(split(L"x \"abc\" d e"), "[x][abc][d][e]");
    CHECK_EQ_STR(split(L"x a\\\\b d\"e f\"g h"), "[x][a\\\\b][de fg][h]");
    CHECK_EQ_STR(split(L"x a\\\\\\\"b c d"), "[x][a\\\"b][c][d]");
    CHECK_EQ_STR(split(L"x a\\\\\\\\\"b c\" d e"), "[x][a\\\\b c][d][e]");
    CHECK_EQ_STR(split(L"x a\"b\"\" c d"), "[x][ab\" c d]");
    CHECK_EQ_STR(split(L"\"C:\\my dir\\x.exe\" --out \"D:\\証拠\" \"\""), "[C:\\my dir\\x.exe][--out][D:\\証拠][]");
}

static const char *wide_path(const char *path)
{
    static char text[1024];
    WCHAR *w = NULL;
    hk_arena_done(&arena);
    const hk_err e = os_wide_path(&arena, hk_str_of(path), &w);
    if (e.code) return hk_code_name(e.code);
    const hk_str s = os_narrow(&arena, w, SIZE_MAX);
    snprintf(text, sizeof text, "%.*s", (int)s.n, s.p);
    return text;
}

TEST(test_os__makes_long_paths_without_changing_names)
{
    CHECK_EQ_STR(wide_path("C:\\a\\b"), "\\\\?\\C:\\a\\b");
    CHECK_EQ_STR(wide_path("C:/a/b"), "\\\\?\\C:\\a\\b");
    CHECK_EQ_STR(wide_path("C:\\a\\trailing."), "\\\\?\\C:\\a\\trailing.");
    CHECK_EQ_STR(wide_path("C:\\a\\space "), "\\\\?\\C:\\a\\space ");
    CHECK_EQ_STR(wide_path("C:\\con"), "\\\\?\\C:\\con");
    CHECK_EQ_STR(wide_path("C:\\"), "\\\\?\\C:\\");
    CHECK_EQ_STR(wide_path("C:"), "\\\\?\\C:\\");
    CHECK_EQ_STR(wide_path("C:\\a\\..\\b\\.\\\\c\\"), "\\\\?\\C:\\b\\c");
    CHECK_EQ_STR(wide_path("C:\\..\\..\\b"), "\\\\?\\C:\\b");
    CHECK_EQ_STR(wide_path("\\\\server\\share\\x"), "\\\\?\\UNC\\server\\share\\x");
    CHECK_EQ_STR(wide_path("\\\\server\\share\\..\\..\\x"), "\\\\?\\UNC\\server\\share\\x");
    CHECK_EQ_STR(wide_path("\\\\?\\C:\\as is\\."), "\\\\?\\C:\\as is\\.");
    CHECK_EQ_STR(wide_path("\\\\.\\C:"), "\\\\.\\C:");
    CHECK_EQ_STR(wide_path("C:\\f.txt:Zone.Identifier"), "\\\\?\\C:\\f.txt:Zone.Identifier");
    CHECK_EQ_STR(wide_path(""), "absent");
}

TEST(test_os__relative_path_becomes_absolute)
{
    const char *w = wide_path("x\\y");
    CHECK(strncmp(w, "\\\\?\\", 4) == 0);
    CHECK(strlen(w) > 8 && strcmp(w + strlen(w) - 4, "\\x\\y") == 0);
}

/* 40 folders of 20 characters: far beyond MAX_PATH. */
TEST(test_os__opens_a_path_beyond_max_path)
{
    hk_str at[41];
    struct os_file *f = NULL;
    const char *base = getenv("TEMP");
    hk_arena_done(&arena);
    at[0] = hk_str_of(base && *base ? base : "C:\\");
    for (int i = 0; i < 40; i++) {
        at[i + 1] = os_join(&arena, at[i], HK_S("a_folder_of_20_chars"));
        CHECK_EQ_INT(os_make_dir(at[i + 1]).code, HK_OK);
    }
    const hk_str file = os_join(&arena, at[40], HK_S("deep."));
    CHECK_EQ_INT(os_open(file, OS_CREATE, &f).code, HK_OK);
    os_close(f);
    CHECK_EQ_INT(os_open(file, OS_READ, &f).code, HK_OK);
    os_close(f);
    CHECK_EQ_INT(os_remove(file).code, HK_OK);
    for (int i = 40; i > 0; i--) CHECK_EQ_INT(os_remove(at[i]).code, HK_OK);
}

/* A file that another process keeps to itself is denied, not absent, and is still described. */
TEST(test_os__locked_file_is_denied)
{
    struct os_file *f = NULL;
    struct os_info info;
    WCHAR *w = NULL;
    const char *base = getenv("TEMP");
    hk_arena_done(&arena);
    const hk_str path = os_join(&arena, hk_str_of(base && *base ? base : "C:\\"), HK_S("test_os_locked.bin"));
    CHECK_EQ_INT(os_wide_path(&arena, path, &w).code, HK_OK);
    const HANDLE h = CreateFileW(w, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_FLAG_DELETE_ON_CLOSE, NULL);
    CHECK(h != INVALID_HANDLE_VALUE);
    CHECK_EQ_STR(hk_code_name(os_open(path, OS_READ, &f).code), "denied");
    CHECK_EQ_INT(os_stat(path, &info).code, HK_OK);
    CloseHandle(h);
}

TEST(test_os__owner_is_told)
{
    hk_str sid = HK_S("");
    hk_arena_done(&arena);
    CHECK_EQ_INT(os_owner(os_self_path(&arena), &arena, &sid).code, HK_OK);
    CHECK(hk_str_starts(sid, HK_S("S-1-")));
}

TEST(test_os__fixed_volumes_hold_c)
{
    const hk_str v = os_fixed_volumes(&arena);
    CHECK(hk_str_find(v, 'C') < v.n);
}
