/* The operating system's layer, on Linux and (built for Windows) under Wine or on Windows. Files are made in a folder of
   its own below the build folder, or the temporary one. */
#include "check.h"

#include "os/os.h"

static struct hk_arena arena;
static hk_str folder;

static hk_str in_folder(const char *name)
{
    return os_join(&arena, folder, hk_str_of(name));
}

/* A fresh folder with a hostile but legal name; what it holds is removed by the next test. */
static bool remove_one(void *ctx, hk_str name, const struct os_info *info)
{
    (void)ctx;
    (void)info;
    (void)os_remove(os_join(&arena, folder, name));
    return true;
}

static void begin(void)
{
    hk_arena_done(&arena);
    hk_arena_init(&arena, 0);
    const char *base = getenv("HIKESHI_BUILD_DIR");
    if (!base || !*base) base = getenv("TEMP"); /* of Windows */
    if (!base || !*base) base = ".";
    folder = os_join(&arena, hk_str_of(base), HK_S("test_os 利用者.dir"));
    (void)os_list(folder, remove_one, NULL);
    CHECK_EQ_INT(os_make_dir(folder).code, HK_OK);
}

static void write_file(hk_str path, const char *text)
{
    struct os_file *f = NULL;
    CHECK_EQ_INT(os_open(path, OS_CREATE, &f).code, HK_OK);
    CHECK_EQ_INT(os_write(f, text, strlen(text)).code, HK_OK);
    os_close(f);
}

TEST(test_os__writes_and_reads_back)
{
    begin();
    const hk_str path = in_folder("日本語 é.txt");
    char got[32] = "";
    size_t n = 0;
    uint64_t size = 0;
    struct os_file *f = NULL;
    write_file(path, "hello, world");
    CHECK_EQ_INT(os_open(path, OS_READ, &f).code, HK_OK);
    CHECK_EQ_INT(os_size(f, &size).code, HK_OK);
    CHECK_EQ_INT(size, 12);
    CHECK_EQ_INT(os_read(f, got, 5, &n).code, HK_OK);
    CHECK_EQ_BYTES(got, n, "hello");
    CHECK_EQ_INT(os_read_at(f, 7, got, sizeof got, &n).code, HK_OK);
    CHECK_EQ_BYTES(got, n, "world");
    CHECK_EQ_INT(os_read_at(f, 12, got, sizeof got, &n).code, HK_OK);
    CHECK_EQ_INT(n, 0);
    CHECK_EQ_INT(os_read_at(f, UINT64_MAX - 3, got, sizeof got, &n).code, HK_OK);
    CHECK_EQ_INT(n, 0);
    os_close(f);
}

TEST(test_os__truncates_and_rewrites)
{
    begin();
    const hk_str path = in_folder("t");
    uint64_t size = 0;
    struct os_file *f = NULL;
    write_file(path, "0123456789");
    CHECK_EQ_INT(os_open(path, OS_READ_WRITE, &f).code, HK_OK);
    CHECK_EQ_INT(os_truncate(f, 4).code, HK_OK);
    CHECK_EQ_INT(os_flush(f).code, HK_OK);
    CHECK_EQ_INT(os_size(f, &size).code, HK_OK);
    CHECK_EQ_INT(size, 4);
    os_close(f);
    CHECK_EQ_INT(os_open(path, OS_CREATE, &f).code, HK_OK);
    CHECK_EQ_INT(os_size(f, &size).code, HK_OK);
    CHECK_EQ_INT(size, 0);
    os_close(f);
}

TEST(test_os__says_absent_for_what_is_not_there)
{
    begin();
    struct os_file *f = NULL;
    struct os_info info;
    CHECK_EQ_INT(os_open(in_folder("no"), OS_READ, &f).code, HK_ABSENT);
    CHECK_EQ_INT(os_open(os_join(&arena, in_folder("no"), HK_S("deeper")), OS_READ, &f).code, HK_ABSENT);
    CHECK_EQ_INT(os_open(HK_S(""), OS_READ, &f).code, HK_ABSENT);
    CHECK_EQ_INT(os_stat(in_folder("no"), &info).code, HK_ABSENT);
    CHECK_EQ_INT(os_list(in_folder("no"), remove_one, NULL).code, HK_ABSENT);
    CHECK_EQ_INT(os_remove(in_folder("no")).code, HK_ABSENT);
    CHECK(f == NULL);
}

TEST(test_os__refuses_a_zero_byte_in_a_path)
{
    begin();
    struct os_file *f = NULL;
    write_file(in_folder("a"), "");
    const hk_str trick = {.p = "a\0b", .n = 3};
    CHECK_EQ_INT(os_open(os_join(&arena, folder, HK_S("a")), OS_READ, &f).code, HK_OK);
    os_close(f);
    CHECK_EQ_INT(os_open(trick, OS_READ, &f).code, HK_USAGE);
}

TEST(test_os__create_new_keeps_what_is_there)
{
    begin();
    const hk_str path = in_folder("once");
    struct os_file *f = NULL;
    struct os_info info;
    write_file(path, "kept");
    CHECK_EQ_INT(os_open(path, OS_CREATE_NEW, &f).code, HK_USAGE);
    CHECK_EQ_INT(os_stat(path, &info).code, HK_OK);
    CHECK_EQ_INT(info.size_bytes, 4);
    CHECK_EQ_INT(os_open(in_folder("new"), OS_CREATE_NEW, &f).code, HK_OK);
    os_close(f);
}

TEST(test_os__rename_replaces_nothing)
{
    begin();
    write_file(in_folder("a"), "a");
    write_file(in_folder("b"), "bb");
    CHECK_EQ_INT(os_rename(in_folder("a"), in_folder("b")).code, HK_USAGE);
    CHECK_EQ_INT(os_rename(in_folder("a"), in_folder("c")).code, HK_OK);
    struct os_info info;
    CHECK_EQ_INT(os_stat(in_folder("a"), &info).code, HK_ABSENT);
    CHECK_EQ_INT(os_stat(in_folder("b"), &info).code, HK_OK);
    CHECK_EQ_INT(info.size_bytes, 2);
    CHECK_EQ_INT(os_stat(in_folder("c"), &info).code, HK_OK);
}

struct listing {
    char text[256];
    int stop_after;
};

static bool collect(void *ctx, hk_str name, const struct os_info *info)
{
    struct listing *l = ctx;
    const size_t used = strlen(l->text);
    snprintf(l->text + used, sizeof l->text - used, "%.*s%s ", (int)name.n, name.p, info->kind == OS_DIRECTORY ? "/" : "");
    return l->stop_after == 0 || --l->stop_after > 0;
}

TEST(test_os__lists_in_byte_order)
{
    begin();
    struct listing l = {.text = ""};
    write_file(in_folder("b"), "");
    write_file(in_folder("日"), "");
    write_file(in_folder("C"), "");
    write_file(in_folder("a b"), "");
    CHECK_EQ_INT(os_make_dir(in_folder("d")).code, HK_OK);
    CHECK_EQ_INT(os_make_dir(in_folder("d")).code, HK_OK); /* already there */
    CHECK_EQ_INT(os_list(folder, collect, &l).code, HK_OK);
    CHECK_EQ_STR(l.text, "C a b b d/ 日 ");
    l = (struct listing){.stop_after = 2};
    CHECK_EQ_INT(os_list(folder, collect, &l).code, HK_OK);
    CHECK_EQ_STR(l.text, "C a b ");
}

static bool count_one(void *ctx, hk_str name, const struct os_info *info)
{
    (void)name;
    *(unsigned *)ctx += info->kind == OS_FILE;
    return true;
}

/* More than one block of 64 KiB of directory information. */
TEST(test_os__lists_many_names)
{
    begin();
    unsigned n = 0;
    for (int i = 0; i < 700; i++) {
        char name[160];
        snprintf(name, sizeof name, "%04d_a_name_long_enough_that_seven_hundred_of_them_do_not_fit_into_one_block_of_64_KiB", i);
        write_file(in_folder(name), "");
    }
    CHECK_EQ_INT(os_list(folder, count_one, &n).code, HK_OK);
    CHECK_EQ_INT(n, 700);
    begin();
}

TEST(test_os__sets_and_reports_times)
{
    begin();
    const hk_str path = in_folder("times");
    const hk_time modified = INT64_C(133500000000000000), accessed = modified + HK_HOUR;
    struct os_info info;
    write_file(path, "x");
    const hk_time now = os_now();
    CHECK_EQ_INT(os_stat(path, &info).code, HK_OK);
    CHECK(info.modified_at > now - HK_MINUTE && info.modified_at < now + HK_MINUTE);
    CHECK_EQ_INT(info.kind, OS_FILE);
    CHECK_EQ_INT(info.n_links, 1);
    CHECK(info.file_id != 0);
    CHECK_EQ_INT(info.reparse_tag, 0);
    CHECK_EQ_INT(os_set_times(path, 0, modified, accessed).code, HK_OK);
    CHECK_EQ_INT(os_stat(path, &info).code, HK_OK);
    CHECK_EQ_INT(info.modified_at, modified);
    CHECK_EQ_INT(info.accessed_at, accessed);
}

TEST(test_os__removes_empty_folders_only)
{
    begin();
    CHECK_EQ_INT(os_make_dir(in_folder("full")).code, HK_OK);
    write_file(os_join(&arena, in_folder("full"), HK_S("x")), "");
    CHECK(os_remove(in_folder("full")).code != HK_OK);
    CHECK_EQ_INT(os_remove(os_join(&arena, in_folder("full"), HK_S("x"))).code, HK_OK);
    CHECK_EQ_INT(os_remove(in_folder("full")).code, HK_OK);
}

TEST(test_os__knows_machine_and_process)
{
    begin();
    uint64_t space = 0;
    CHECK(os_host_name(&arena).n > 0);
    CHECK(os_user_name(&arena).n > 0);
    const hk_str self = os_self_path(&arena);
    struct os_info info;
    CHECK_EQ_INT(os_stat(self, &info).code, HK_OK);
    const hk_str version = os_version(&arena);
    CHECK(hk_str_starts(version, HK_S("Linux ")) || hk_str_starts(version, HK_S("Windows ")));
    CHECK(os_now() > INT64_C(133000000000000000));
    CHECK(os_boot_time() > 0 && os_boot_time() <= os_now());
    CHECK(os_cpu_count() >= 1);
    CHECK(os_process_id() != 0);
    CHECK(os_utc_offset_minutes() > -24 * 60 && os_utc_offset_minutes() < 24 * 60);
    CHECK(os_time_zone(&arena).n > 0);
    CHECK_EQ_INT(os_free_space(folder, &space).code, HK_OK);
    CHECK(space > 0);
    CHECK(strlen(os_medium(folder)) > 0);
    const uint64_t t = os_monotonic_ms();
    os_sleep_ms(20);
    CHECK(os_monotonic_ms() - t >= 10);
}

TEST(test_os__random_differs)
{
    unsigned char a[64] = {0}, b[64] = {0};
    os_random(a, sizeof a);
    os_random(b, sizeof b);
    CHECK(memcmp(a, b, sizeof a) != 0);
}

struct counter {
    struct os_mutex *m;
    struct os_cond *c;
    int n;
    bool go;
};

static void count_up(void *ctx)
{
    struct counter *k = ctx;
    os_lock(k->m);
    while (!k->go) os_wait(k->c, k->m);
    os_unlock(k->m);
    for (int i = 0; i < 10000; i++) {
        os_lock(k->m);
        k->n++;
        os_unlock(k->m);
    }
}

TEST(test_os__threads_share_under_a_lock)
{
    struct counter k = {.m = os_mutex_new(), .c = os_cond_new()};
    struct os_thread *t[4];
    for (int i = 0; i < 4; i++) CHECK_EQ_INT(os_thread_start(count_up, &k, &t[i]).code, HK_OK);
    os_lock(k.m);
    k.go = true;
    os_wake_all(k.c);
    os_unlock(k.m);
    for (int i = 0; i < 4; i++) os_thread_join(t[i]);
    CHECK_EQ_INT(k.n, 40000);
    os_cond_free(k.c);
    os_mutex_free(k.m);
}

TEST(test_os__streams_of_a_plain_file_are_none)
{
    begin();
    struct listing l = {.text = ""};
    write_file(in_folder("plain"), "x");
    const hk_err e = os_list_streams(in_folder("plain"), (bool (*)(void *, hk_str, uint64_t))0, &l);
    CHECK(e.code == HK_OK || e.code == HK_UNSUPPORTED);
}

TEST(test_os__owner_is_a_sid_or_empty)
{
    begin();
    hk_str sid = HK_S("unset");
    write_file(in_folder("owned"), "x");
    CHECK_EQ_INT(os_owner(in_folder("owned"), &arena, &sid).code, HK_OK);
    CHECK(sid.n == 0 || hk_str_starts(sid, HK_S("S-1-")));
}

TEST(test_os__leaves_nothing_behind)
{
    begin();
    CHECK_EQ_INT(os_remove(folder).code, HK_OK);
}
