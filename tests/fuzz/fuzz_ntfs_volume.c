/* A whole small volume: partitions, boot sector, $MFT, directories, owners, and every file and index opened and read a little; names left
   in indexes.
   Seeds of its own: the first 256 KiB of a volume whose $MFT lies in them. */
#include <stdlib.h>

#include "ntfs/slack.h"
#include "source/ntfs/image.h"
#include "source/ntfs/open.h"
#include "base/bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_FILES = 200 };

struct found {
  struct hk_source *source;
  struct hk_arena arena;
  hk_str paths[MOST_FILES];
  size_t n;
};

static bool on_entry(void *ctx, const struct hk_entry *e, const struct hk_hits *hits)
{
  struct found *const f = ctx;
  if (hits->n == 0 || hits->v[hits->n - 1] > 2) abort();
  if (!hk_str_valid(e->path)) abort();
  if (f->n == MOST_FILES) return false;
  f->paths[f->n] = hk_str_copy(&f->arena, e->path);
  if (f->paths[f->n].p != NULL) f->n++;
  return true;
}

static void read_some(struct hk_source *s, hk_str path)
{
  static uint8_t out[70000];
  struct hk_stream *in = NULL;
  size_t got = 0;
  if (s->ops->open(s, path, &in).code != HK_OK) return;
  (void)in->read(in, out, sizeof out, &got);
  if (got > sizeof out || got > in->bytes.size_bytes) abort();
  (void)in->bytes.read_at(&in->bytes, in->bytes.size_bytes / 2, out, 5000, &got);
  if (got > 5000) abort();
  in->close(in);
}

static bool on_left(void *ctx, const struct hk_ntfs_item *i)
{
  (void)ctx;
  if (!i->in_index || i->in_use || !i->has_name || i->name.n == 0 || !hk_str_valid(i->path)) abort();
  return true;
}

static void read_slack(struct hk_bytes *bytes)
{
  struct hk_ntfs_image *image = NULL;
  struct hk_ntfs_slack_counts c;
  if (hk_ntfs_image_open_bytes(bytes, &image).code != HK_OK) return;
  for (size_t k = 0; k < image->n; k++) (void)hk_ntfs_slack_run(&image->v[k].mft, hk_ntfs_list_tree(image->v[k].list), true, on_left, NULL, &c);
  hk_ntfs_image_close(image);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static struct found f;
  struct hk_bytes_memory m;
  hk_bytes_memory_init(&m, data, size);
  if (hk_source_open_image_bytes(&m.bytes, &f.source).code != HK_OK) return 0;
  const hk_str globs[] = {HK_S("?:\\**\\*"), HK_S("?:\\**\\*:*"), HK_S("?:\\**\\*:$I30")};
  f.n = 0;
  hk_arena_init(&f.arena, 0);
  const struct hk_finder finder = {.ctx = &f, .on_entry = on_entry};
  (void)f.source->ops->find(f.source, &(struct hk_globs){.v = globs, .n = 3}, &finder);
  for (size_t i = 0; i < f.n; i++) read_some(f.source, f.paths[i]);
  read_some(f.source, HK_S("C:\\Windows\\none"));
  read_some(f.source, HK_S("C:\\:$I30:$BITMAP"));
  f.source->ops->close(f.source);
  hk_arena_done(&f.arena);
  read_slack(&m.bytes);
  return 0;
}
