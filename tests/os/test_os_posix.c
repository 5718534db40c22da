/* What only POSIX has: FIFOs in an evidence tree, symbolic links, bad UTF-8 in names. */
#include "check.h"

#include <sys/stat.h>
#include <unistd.h>

#include "os/os.h"

static char folder[64];

static const char *in_folder(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void begin(void)
{
    snprintf(folder, sizeof folder, "/tmp/test_os_posix.XXXXXX");
    CHECK(mkdtemp(folder) != NULL);
}

static void end(const char *name)
{
    CHECK_EQ_INT(remove(in_folder(name)), 0);
    CHECK_EQ_INT(rmdir(folder), 0);
}

/* Would hang for ever if opening waited for a writer. */
TEST(test_os__opens_a_fifo_without_waiting)
{
    begin();
    struct os_file *f = NULL;
    char c;
    size_t n = 1;
    CHECK_EQ_INT(mkfifo(in_folder("fifo"), 0600), 0);
    CHECK_EQ_INT(os_open(hk_str_of(in_folder("fifo")), OS_READ, &f).code, HK_OK);
    CHECK_EQ_INT(os_read(f, &c, 1, &n).code, HK_OK);
    CHECK_EQ_INT(n, 0);
    os_close(f);
    end("fifo");
}

TEST(test_os__describes_a_link_not_its_target)
{
    begin();
    struct os_info info;
    CHECK_EQ_INT(symlink("/etc/passwd", in_folder("link")), 0);
    CHECK_EQ_INT(os_stat(hk_str_of(in_folder("link")), &info).code, HK_OK);
    CHECK_EQ_INT(info.kind, OS_OTHER);
    CHECK_EQ_INT(info.reparse_tag, 0xA000000Cu);
    end("link");
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
    FILE *f = fopen(in_folder("a\xff" "b"), "wb");
    CHECK(f != NULL);
    fclose(f);
    CHECK_EQ_INT(os_list(hk_str_of(folder), keep, got).code, HK_OK);
    CHECK_EQ_STR(got, "a\xEF\xBF\xBD" "b");
    end("a\xff" "b");
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
