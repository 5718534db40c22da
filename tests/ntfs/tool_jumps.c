/* tool_jumps IMAGE: reads every name on the first volume once, as ls does, and prints how many reads that took, how many of them did not
   begin within 1 MiB of where the last one ended, and the size of the $MFT. Counted from the first block of the $MFT on: what finds the
   disk in its file and the volume on it looks here and there, a few times whatever the size. */
#include <inttypes.h>
#include <stdio.h>

#include "os/os.h"
#include "source/ntfs/crew.h"
#include "source/ntfs/image.h"

#define NEAR_BYTES ((uint64_t)1 << 20)

struct counted {
  struct hk_bytes bytes;
  struct os_file *file;
  struct os_mutex *mutex;
  uint64_t n_reads, n_jumps, next;
};

static hk_err read_at(struct hk_bytes *self, uint64_t offset, void *out, size_t n, size_t *got)
{
  struct counted *const c = (struct counted *)(void *)self;
  os_lock(c->mutex);
  const uint64_t distance = offset > c->next ? offset - c->next : c->next - offset;
  if (c->n_reads > 0 && distance > NEAR_BYTES) c->n_jumps++;
  if (c->n_reads > 0 || n == HK_NTFS_BLOCK_BYTES) c->n_reads++;
  c->next = offset + n;
  const hk_err e = os_read_at(c->file, offset, out, n, got);
  os_unlock(c->mutex);
  return e;
}

static bool on_item(void *hand, const struct hk_ntfs_item *item)
{
  (void)hand;
  (void)item;
  return true;
}

static bool full(void *hand)
{
  (void)hand;
  return false;
}

static bool over(void *hand)
{
  (void)hand;
  return true;
}

int main(int argc, char **argv)
{
  struct hk_ntfs_image *image = NULL;
  struct counted c = {.bytes = {.read_at = read_at}, .mutex = os_mutex_new()};
  if (argc != 2 || c.mutex == NULL || os_open(hk_str_of(argv[1]), OS_READ, &c.file).code != HK_OK) return 1;
  if (os_size(c.file, &c.bytes.size_bytes).code != HK_OK || hk_ntfs_image_open_bytes(&c.bytes, &image).code != HK_OK) return 1;
  const struct hk_ntfs_crew crew = {.n = hk_ntfs_hands(), .on = on_item, .full = full, .over = over};
  const hk_err e = hk_ntfs_crew_run(image->v[0].list, true, &crew);
  printf("%" PRIu64 " %" PRIu64 " %" PRIu64 "\n", c.n_reads, c.n_jumps, image->v[0].mft.data.bytes.size_bytes);
  hk_ntfs_image_close(image);
  os_close(c.file);
  os_mutex_free(c.mutex);
  return e.code == HK_OK ? 0 : 1;
}
