/* tool_pieces IMAGE [PIECE [THREADS [FROM N]]]: the disk in a container to standard output, or N bytes of it, read in pieces of PIECE bytes by
   so many threads. A piece that cannot be read is written as zeroes, and a line "OFFSET BYTES CODE AT STEP" on standard error tells of it; a first line "lost CODE AT STEP"
   what the container itself says. 0 = all was read, 1 = not all, 2 = it cannot be opened ("open CODE AT STEP"), 77 = no container. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/os.h"
#include "source/disk/disk.h"

enum { THREADS_MAX = 16 };

struct reading {
  struct hk_bytes *disk;
  uint8_t *out; /* size bytes from there on */
  uint64_t from, size;
  uint64_t piece, n_pieces;
  struct os_mutex *lock;
  uint64_t next;
  bool failed;
};

static void say(const char *what, hk_err e)
{
  fprintf(stderr, "%s %s %" PRId64 " %s\n", what, hk_code_name(e.code), e.offset, e.step);
}

static void read_piece(struct reading *r, uint64_t i)
{
  const uint64_t skip = i * r->piece, at = r->from + skip, left = r->size - skip;
  const size_t n = left < r->piece ? (size_t)left : (size_t)r->piece;
  size_t got = 0;
  hk_err e = r->disk->read_at(r->disk, at, r->out + skip, n, &got);
  if (e.code == HK_OK && got != n) e = hk_fail(HK_TRUNCATED, "read everything", (int64_t)at);
  if (e.code == HK_OK) return;
  char what[64];
  (void)snprintf(what, sizeof what, "%" PRIu64 " %zu", at, n);
  memset(r->out + skip, 0, n);
  os_lock(r->lock);
  r->failed = true;
  say(what, e);
  os_unlock(r->lock);
}

static void work(void *ctx)
{
  struct reading *const r = ctx;
  for (;;) {
    os_lock(r->lock);
    const uint64_t i = r->next++;
    os_unlock(r->lock);
    if (i >= r->n_pieces) return;
    read_piece(r, i);
  }
}

static int read_all(struct reading *r, unsigned n_threads)
{
  struct os_thread *threads[THREADS_MAX];
  if (r->size > (uint64_t)1 << 30) {
    fprintf(stderr, "size %" PRIu64 "\n", r->size);
    return 2;
  }
  r->lock = os_mutex_new();
  r->out = malloc((size_t)r->size + 1);
  if (r->out == NULL || r->lock == NULL) abort();
  r->n_pieces = (r->size + r->piece - 1) / r->piece;
  for (unsigned i = 0; i < n_threads; i++)
    if (os_thread_start(work, r, &threads[i]).code != HK_OK) abort();
  for (unsigned i = 0; i < n_threads; i++) os_thread_join(threads[i]);
  const bool written = fwrite(r->out, 1, (size_t)r->size, stdout) == r->size;
  free(r->out);
  os_mutex_free(r->lock);
  return r->failed || !written;
}

int main(int argc, char **argv)
{
  struct reading r = {.piece = argc > 2 ? strtoull(argv[2], NULL, 10) : 1 << 20};
  const unsigned n_threads = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 1;
  struct hk_bytes *file = NULL;
  struct hk_disk *disk = NULL;
  if (argc < 2 || r.piece == 0 || n_threads == 0 || n_threads > THREADS_MAX) return 2;
  const hk_str path = hk_str_of(argv[1]);
  hk_err e = hk_disk_file_open(path, &file);
  if (e.code == HK_OK) e = hk_disk_open(file, path, &disk);
  if (e.code != HK_OK) {
    say("open", e);
    hk_disk_file_close(file);
    return e.code == HK_ABSENT ? 77 : 2;
  }
  if (disk->lost.code != HK_OK) say("lost", disk->lost);
  r.disk = &disk->bytes;
  r.from = argc > 5 ? strtoull(argv[4], NULL, 10) : 0;
  r.size = argc > 5 ? strtoull(argv[5], NULL, 10) : disk->bytes.size_bytes;
  const int code = read_all(&r, n_threads);
  disk->close(disk);
  hk_disk_file_close(file);
  return code;
}
