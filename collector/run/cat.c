/* hikeshi cat: the bytes of one file, or of one of its streams, on standard output; of a whole volume as a shadow copy has it. */
#include <stdlib.h>

#include "run/commands.h"
#include "run/console.h"
#include "run/exit.h"
#include "run/shadows.h"
#include "source/ntfs/open.h"

#define BLOCK_BYTES ((size_t)1 << 20)

static int copy(const struct hk_options *o, struct hk_stream *in)
{
  uint8_t *const block = malloc(BLOCK_BYTES);
  hk_err e = block == NULL ? hk_fail(HK_MEMORY, "print a file", HK_NO_OFFSET) : hk_ok();
  bool open = true;
  for (size_t got = 1; e.code == HK_OK && open && got > 0;) {
    e = in->read(in, block, BLOCK_BYTES, &got);
    open = hk_console_bytes(block, got);
  }
  free(block);
  if (e.code != HK_OK) return hk_run_fail(o, e, o->operands[1], HK_EXIT_PARTIAL);
  return open ? HK_EXIT_OK : HK_EXIT_OUTPUT;
}

static int copy_from(const struct hk_options *o, struct hk_source *source)
{
  struct hk_stream *in = NULL;
  const hk_err e = source->ops->open(source, o->operands[1], &in);
  if (e.code != HK_OK) return hk_run_fail(o, e, o->operands[1], HK_EXIT_SOURCE);
  const int code = copy(o, in);
  in->close(in);
  return code;
}

static int copy_volume(const struct hk_options *o, struct hk_bytes *b)
{
  uint8_t *const block = malloc(BLOCK_BYTES);
  hk_err e = block == NULL ? hk_fail(HK_MEMORY, "print a volume", HK_NO_OFFSET) : hk_ok();
  bool open = true;
  size_t got = 0;
  for (uint64_t at = 0; e.code == HK_OK && open && at < b->size_bytes; at += got) {
    e = b->read_at(b, at, block, BLOCK_BYTES, &got);
    open = hk_console_bytes(block, got);
  }
  free(block);
  if (e.code != HK_OK) return hk_run_fail(o, e, o->operands[1], HK_EXIT_PARTIAL);
  return open ? HK_EXIT_OK : HK_EXIT_OUTPUT;
}

/* PATH is a file, or just "C:". */
static int cat_shadow(const struct hk_options *o, struct hk_ntfs_shadows *s, size_t n, char letter)
{
  struct hk_source *source = NULL;
  struct hk_bytes *volume = NULL;
  hk_err e;
  int code = HK_EXIT_OK;
  if (o->operands[1].n == 2) {
    e = hk_ntfs_shadow_open(s, n, &volume);
    if (e.code == HK_OK) code = copy_volume(o, volume);
    hk_ntfs_shadow_close(volume);
  } else {
    e = hk_source_open_shadow(s, n, letter, &source);
    if (e.code == HK_OK) code = copy_from(o, source);
    if (e.code == HK_OK) source->ops->close(source);
  }
  if (e.code != HK_OK) return hk_run_fail(o, e, o->operands[0], HK_EXIT_SOURCE);
  if (code != HK_EXIT_OK || !hk_ntfs_shadows_info(s, n)->doubtful) return code;
  return hk_run_fail(o, hk_fail(HK_DAMAGED, "a newer shadow copy is damaged, and this one rests on it", HK_NO_OFFSET), o->operands[0],
                     HK_EXIT_PARTIAL);
}

static int cat_from_shadow(const struct hk_options *o, size_t number)
{
  struct hk_ntfs_image *image = NULL;
  struct hk_ntfs_shadows *s = NULL;
  hk_err e = hk_ntfs_image_open(o->operands[0], &image);
  if (e.code != HK_OK) return hk_run_fail(o, e, o->operands[0], HK_EXIT_SOURCE);
  size_t k = 0;
  while (k < image->n && (o->operands[1].n < 2 || image->v[k].letter != (char)(o->operands[1].p[0] & ~0x20))) k++;
  e = k < image->n ? hk_ntfs_image_shadows(image, k, &s) : hk_fail(HK_ABSENT, "find the volume", HK_NO_OFFSET);
  int code = e.code == HK_OK ? cat_shadow(o, s, number - 1, image->v[k].letter) : hk_run_fail(o, e, o->operands[1], HK_EXIT_SOURCE);
  hk_ntfs_shadows_close(s);
  hk_ntfs_image_close(image);
  return code;
}

int hk_run_cat(const struct hk_options *o)
{
  struct hk_shadow_choice choice = {.number = 0};
  (void)hk_shadow_choice_parse(o->shadow, &choice);
  if (choice.number > 0) return cat_from_shadow(o, choice.number);
  struct hk_source *source = NULL;
  const hk_err e = hk_run_open_source(o, o->operands[0], &source);
  if (e.code != HK_OK) return hk_run_fail(o, e, o->operands[0], HK_EXIT_SOURCE);
  const int code = copy_from(o, source);
  source->ops->close(source);
  return code;
}
