/* tool_jumps IMAGE: reads every name on the first volume once, as ls does, and prints how many reads that took, how many of them began
   far from where the last one ended, and the size of the $MFT. */
#include <inttypes.h>
#include <stdio.h>

#include "source/ntfs/image.h"

static bool on_item(void *ctx, const struct hk_ntfs_item *item)
{
  uint64_t *const n = ctx;
  (void)item;
  ++*n;
  return true;
}

int main(int argc, char **argv)
{
  struct hk_ntfs_image *image = NULL;
  uint64_t n = 0;
  if (argc != 2 || hk_ntfs_image_open(hk_str_of(argv[1]), &image).code != HK_OK) return 1;
  const hk_err e = hk_ntfs_list_run(image->v[0].list, true, on_item, &n);
  printf("%" PRIu64 " %" PRIu64 " %" PRIu64 "\n", image->device.n_reads, image->device.n_jumps, image->v[0].mft.data.bytes.size_bytes);
  hk_ntfs_image_close(image);
  return e.code == HK_OK ? 0 : 1;
}
