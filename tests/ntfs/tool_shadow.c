/* Shadow copies for tests that compare them: tool_shadow list|read IMAGE START [STORAGE-IMAGE STORAGE-START], with START the first
   byte of the volume. list prints a line a store, oldest first. read answers each line "STORE OFFSET LENGTH" of standard input, STORE
   counted from 1, with that many bytes. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "ntfs/shadow.h"
#include "os/os.h"

#define MOST_STORES 64

struct image {
  struct hk_bytes bytes;
  struct os_file *file;
  struct hk_ntfs_device device;
  struct hk_ntfs_volume volume;
};

static hk_err image_read_at(struct hk_bytes *self, uint64_t offset, void *out, size_t n, size_t *got)
{
  return os_read_at(((struct image *)(void *)self)->file, offset, out, n, got);
}

static hk_err open_image(struct image *i, const char *path, const char *start)
{
  HK_TRY(os_open(hk_str_of(path), OS_READ, &i->file));
  HK_TRY(os_size(i->file, &i->bytes.size_bytes));
  i->bytes.read_at = image_read_at;
  i->device = (struct hk_ntfs_device){.bytes = &i->bytes, .sector_bytes = 512};
  return hk_ntfs_volume_open(&i->device, strtoull(start, NULL, 10), &i->volume);
}

static void print_hex(const uint8_t *p, size_t n)
{
  char hex[2 * HK_SHA256_SIZE + 1];
  hk_hex(p, n, hex);
  printf("%s", hex);
}

static void print_info(const struct hk_ntfs_shadow_info *i, size_t number)
{
  char iso[HK_ISO_SIZE];
  printf("%zu ", number);
  print_hex(i->store_id, sizeof i->store_id);
  printf(" ");
  print_hex(i->copy_id, sizeof i->copy_id);
  printf(" ");
  print_hex(i->set_id, sizeof i->set_id);
  printf(" %s %" PRIu64 " %" PRIu64 " %08x %08x %s\n", hk_time_iso(i->created_at, iso), i->volume_bytes, i->position, i->attributes, i->flags,
         hk_code_name(i->state.code));
}

/* Exactly n bytes to standard output. */
static hk_err copy(struct hk_bytes *b, uint64_t offset, uint64_t n)
{
  static uint8_t block[1 << 20];
  while (n > 0) {
    size_t got = 0;
    HK_TRY(b->read_at(b, offset, block, n < sizeof block ? (size_t)n : sizeof block, &got));
    if (got == 0) return hk_fail(HK_TRUNCATED, "read a shadow copy", (int64_t)offset);
    (void)fwrite(block, 1, got, stdout);
    offset += got;
    n -= got;
  }
  return hk_ok();
}

static hk_err serve(struct hk_ntfs_shadows *s)
{
  static struct hk_bytes *stores[MOST_STORES];
  char line[128];
  hk_err e = hk_ok();
  while (e.code == HK_OK && fgets(line, sizeof line, stdin) != NULL) {
    char *at = line;
    const size_t i = strtoull(at, &at, 10) - 1;
    const uint64_t offset = strtoull(at, &at, 10);
    const uint64_t n = strtoull(at, &at, 10);
    if (i >= MOST_STORES) return hk_fail(HK_USAGE, "read a request", HK_NO_OFFSET);
    if (stores[i] == NULL) e = hk_ntfs_shadow_open(s, i, &stores[i]);
    if (e.code == HK_OK) e = copy(stores[i], offset, n);
  }
  for (size_t i = 0; i < MOST_STORES; i++) hk_ntfs_shadow_close(stores[i]);
  return e;
}

int main(int argc, char **argv)
{
  static struct image images[2];
  struct hk_ntfs_shadows *s = NULL;
  if (argc != 4 && argc != 6) return 2;
  hk_err e = open_image(&images[0], argv[2], argv[3]);
  if (e.code == HK_OK && argc == 6) e = open_image(&images[1], argv[4], argv[5]);
  if (e.code == HK_OK) e = hk_ntfs_shadows_open(&images[0].volume, argc == 6 ? &images[1].volume : NULL, &s);
  if (e.code == HK_OK && strcmp(argv[1], "read") == 0) e = serve(s);
  if (e.code == HK_OK && strcmp(argv[1], "list") == 0)
    for (size_t i = 0; i < hk_ntfs_shadows_count(s); i++) print_info(hk_ntfs_shadows_info(s, i), i + 1);
  hk_ntfs_shadows_close(s);
  for (size_t i = 0; i < 2; i++)
    if (images[i].file != NULL) os_close(images[i].file);
  if (e.code == HK_OK) return 0;
  fprintf(stderr, "%s: %s\n", hk_code_name(e.code), e.step);
  return 1;
}
