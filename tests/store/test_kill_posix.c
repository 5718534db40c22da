/* A run that is killed at any moment: what was finished is recovered byte for byte, and verification tells the truth. */
#include "helpers.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#define N_KILLS 20
#define N_KILLS_SLOW 200 /* with HIKESHI_SLOW=1 */

static char folder[256];

/* Entry i: its size and its path. Sizes from nothing to some megabytes, so that kills fall into every part of an entry. */
static size_t size_of(uint64_t i)
{
  static const size_t sizes[] = {0, 70, 4000, 131072, 200000, 900000, 3000000};
  return sizes[(i * 5 + i / 7) % 7];
}

static void path_of(uint64_t i, char out[64])
{
  (void)snprintf(out, 64, "C:\\Users\\利用者\\%llu\\%llu.dat", (unsigned long long)(i % 9), (unsigned long long)i);
}

/* Writes entries until it is killed; says of those that are with the system on the pipe. */
static void run(int report)
{
  static uint8_t data[3000000];
  const struct hk_case c = case_of("PC01");
  struct hk_store *s = NULL;
  if (create_in(folder, &c, &s).code != HK_OK) _exit(1);
  for (uint64_t i = 0;; i++) {
    char path[64];
    path_of(i, path);
    const struct hk_stored a = stored_at(path);
    const size_t n = size_of(i);
    fill(data, n, i);
    hk_err e = hk_store_begin(s, &a);
    for (size_t at = 0; at < n && e.code == HK_OK; at += 65536)
      e = hk_store_write(s, data + at, n - at < 65536 ? n - at : 65536);
    if (e.code == HK_OK) e = hk_store_end(s, hk_ok(), NULL);
    if (e.code == HK_OK && i % 3 != 0) continue; /* several on their way */
    if (e.code == HK_OK) e = hk_store_settle(s);
    if (e.code != HK_OK || write(report, &i, sizeof i) != (ssize_t)sizeof i) _exit(2);
  }
}

/* How many entries were finished when the child died. */
static uint64_t kill_after(unsigned microseconds)
{
  int report[2];
  CHECK_EQ_INT(pipe(report), 0);
  const pid_t child = fork();
  if (child == 0) {
    (void)close(report[0]);
    run(report[1]);
  }
  (void)close(report[1]);
  const struct timespec wait = {.tv_sec = microseconds / 1000000, .tv_nsec = (long)(microseconds % 1000000) * 1000};
  (void)nanosleep(&wait, NULL);
  CHECK_EQ_INT(kill(child, SIGKILL), 0);
  int status = 0;
  CHECK_EQ_INT(waitpid(child, &status, 0), child);
  CHECK(WIFSIGNALED(status));
  uint64_t n = 0;
  uint64_t i = 0;
  while (read(report[0], &i, sizeof i) == (ssize_t)sizeof i) n = i + 1;
  (void)close(report[0]);
  return n;
}

static bool count_listed(void *ctx, const struct hk_manifest_line *line)
{
  if (hk_str_eq(line->role, HK_S("evidence")) && hk_str_eq(line->recovered, HK_S("listed"))) ++*(uint64_t *)ctx;
  return true;
}

static void check_recovered(const char *path, uint64_t n_finished)
{
  struct hk_archive *z = NULL;
  uint64_t n_listed = 0;
  CHECK_EQ_INT(hk_archive_open(hk_str_of(path), &z).code, HK_OK);
  for (uint64_t i = 0; i < n_finished; i++) {
    char name[128];
    (void)snprintf(name, sizeof name, "uploads/auto/C%%3A/Users/利用者/%llu/%llu.dat", (unsigned long long)(i % 9),
                   (unsigned long long)i);
    CHECK(entry_is(z, name, size_of(i), i));
  }
  CHECK_EQ_INT(hk_archive_manifest(z, count_listed, &n_listed).code, HK_OK);
  CHECK(n_listed + 64 >= n_finished); /* the journal is at most 64 lines behind */
  hk_archive_close(z);
}

TEST(test_kill__finished_entries_survive_kills)
{
  uint64_t random = 20260310;
  uint64_t total = 0;
  uint64_t n_cut = 0;
  const char *const slow = getenv("HIKESHI_SLOW");
  const int n_kills = slow != NULL && strcmp(slow, "1") == 0 ? N_KILLS_SLOW : N_KILLS;
  for (int k = 0; k < n_kills; k++) {
    random = random * UINT64_C(6364136223846793005) + 1;
    make_folder(folder);
    const uint64_t n = kill_after(3000 + (unsigned)(random >> 44) % 400000);
    char partial[1100];
    char out[1100];
    (void)snprintf(partial, sizeof partial, "%s/HIKESHI_PC01_20250615T150640Z.zip.partial", folder);
    (void)snprintf(out, sizeof out, "%s/recovered.zip", folder);
    struct hk_verdict v;
    const hk_err verified = hk_store_verify(hk_str_of(partial), NULL, NULL, &v);
    if (verified.code == HK_ABSENT && n == 0) {
      remove_folder(folder); /* killed before the first header was written */
      continue;
    }
    CHECK_EQ_INT(verified.code, HK_OK);
    CHECK(!v.sealed);
    CHECK(v.first_bad[0] != 0);
    CHECK(v.n_good >= n);
    n_cut += v.n_bad;
    const hk_err recovered = hk_store_recover(hk_str_of(partial), hk_str_of(out), &v);
    if (recovered.code == HK_ABSENT && n == 0) {
      remove_folder(folder); /* killed before the first header was whole */
      continue;
    }
    CHECK_EQ_INT(recovered.code, HK_OK);
    CHECK(v.n_good >= n);
    CHECK(v.n_bad <= 1); /* only the one that was being written */
    check_recovered(out, n);
    CHECK_EQ_INT(hk_store_verify(hk_str_of(out), NULL, NULL, &v).code, HK_OK);
    CHECK(is_sound(&v));
    total += n;
    remove_folder(folder);
  }
  printf("  %llu finished entries recovered, %llu runs died within an entry\n", (unsigned long long)total,
         (unsigned long long)n_cut);
  CHECK(total > 0);
}
