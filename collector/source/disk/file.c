/* Bytes of a file. */
#include <stdlib.h>

#include "os/os.h"
#include "source/disk/disk.h"

struct file_bytes {
  struct hk_bytes bytes;
  struct os_file *file;
};

static hk_err read_at(struct hk_bytes *self, uint64_t offset, void *out, size_t n, size_t *got)
{
  return os_read_at(((struct file_bytes *)(void *)self)->file, offset, out, n, got);
}

void hk_disk_file_close(struct hk_bytes *b)
{
  struct file_bytes *const f = (struct file_bytes *)(void *)b;
  if (f == NULL) return;
  os_close(f->file);
  free(f);
}

hk_err hk_disk_file_open(hk_str path, struct hk_bytes **out)
{
  struct file_bytes *const f = calloc(1, sizeof *f);
  if (f == NULL) return hk_fail(HK_MEMORY, "open the image", HK_NO_OFFSET);
  const hk_err e = os_open(path, OS_READ, &f->file);
  if (e.code != HK_OK) {
    free(f);
    return e;
  }
  /* A volume may not tell; its boot sector does. */
  if (os_size(f->file, &f->bytes.size_bytes).code != HK_OK || f->bytes.size_bytes == 0) f->bytes.size_bytes = UINT64_MAX;
  f->bytes.read_at = read_at;
  *out = &f->bytes;
  return hk_ok();
}
