/* What only POSIX has: FIFOs in an evidence tree, symbolic links, bad UTF-8 in names. */
#include "check.h"

#include <sys/stat.h>
#include <unistd.h>

#include "os/os.h"

static void begin(void)
{
    (void)!system("rm -rf test_os_posix.dir && mkdir test_os_posix.dir");
}

/* Would hang for ever if opening waited for a writer. */
TEST(test_os__opens_a_fifo_without_waiting)
{
    begin();
    struct os_file *f = NULL;
    char c;
    size_t n = 1;
    CHECK_EQ_INT(mkfifo("test_os_posix.dir/fifo", 0600), 0);
    CHECK_EQ_INT(os_open(HK_S("test_os_posix.dir/fifo"), OS_READ, &f).code, HK_OK);
    CHECK_EQ_INT(os_read(f, &c, 1, &n).code, HK_OK);
    CHECK_EQ_INT(n, 0);
    os_close(f);
}

TEST(test_os__describes_a_link_not_its_target)
{
    begin();
    struct os_info info;
    CHECK_EQ_INT(symlink("/etc/passwd", "test_os_posix.dir/link"), 0);
    CHECK_EQ_INT(os_stat(HK_S("test_os_posix.dir/link"), &info).code, HK_OK);
    CHECK_EQ_INT(info.kind, OS_OTHER);
    CHECK_EQ_INT(info.reparse_tag, 0xA000000Cu);
}

static bool keep(void *ctx, hk_str name, const struct os_info *info)
{
    (void)info;
    snprintf(ctx, 32, "%.*s", (int)name.n, name.p);
    return true;
}

TEST(test_os__passes_bad_utf8_cleaned)
{
    begin();
    char got[32] = "";
    FILE *f = fopen("test_os_posix.dir/a\xff" "b", "wb");
    CHECK(f != NULL);
    fclose(f);
    CHECK_EQ_INT(os_list(HK_S("test_os_posix.dir"), keep, got).code, HK_OK);
    CHECK_EQ_STR(got, "a\xEF\xBF\xBD" "b");
}

TEST(test_os__full_disk_is_a_limit)
{
    struct os_file *f = NULL;
    CHECK_EQ_INT(os_open(HK_S("/dev/full"), OS_READ_WRITE, &f).code, HK_OK);
    const hk_err e = os_write(f, "x", 1);
    CHECK_EQ_INT(e.code, HK_LIMIT);
    CHECK_EQ_STR(e.step, "write: disk full");
    os_close(f);
}
