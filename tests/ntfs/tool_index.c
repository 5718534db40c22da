/* A directory's index for tests that compare it: tool_index ROOT BLOCKS BITMAP, files with the values of $INDEX_ROOT,
   $INDEX_ALLOCATION and $BITMAP, "-" for what there is none of. A line a tab: place, file record, its sequence, parent record, its
   sequence, four times in 100 ns (born, modified, changed, accessed), allocated, size, attributes, namespace, listed, offset, name.
   Last a line "counts": used, slack, blocks, empty, free, damaged, block bytes. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "ntfs/index.h"
#include "ntfs/tree.h"

static struct hk_cur load(const char *path)
{
  static const uint8_t nothing[1];
  if (path[0] == '-' && path[1] == 0) return hk_cur_over(NULL, 0);
  FILE *const f = fopen(path, "rb");
  if (f == NULL) exit(2);
  if (fseek(f, 0, SEEK_END) != 0) exit(2);
  const size_t n = (size_t)ftell(f);
  rewind(f);
  uint8_t *const p = malloc(n + 1);
  if (p == NULL || fread(p, 1, n, f) != n) exit(2);
  fclose(f);
  return hk_cur_over(n == 0 ? nothing : p, n);
}

static bool print(void *ctx, const struct hk_ntfs_index_entry *e)
{
  static const char *const places[] = {"used", "node", "free", "record"};
  struct hk_buf *const name = ctx;
  const struct hk_ntfs_name *const n = &e->name;
  hk_buf_reset(name);
  hk_ntfs_name_utf8(n->name, name);
  printf("%s\t%" PRIu64 "\t%u\t%" PRIu64 "\t%u\t", places[e->place], e->file.record, e->file.sequence, n->parent.record, n->parent.sequence);
  printf("%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t", n->times.born_at, n->times.modified_at, n->times.changed_at, n->times.accessed_at);
  printf("%" PRIu64 "\t%" PRIu64 "\t%u\t%u\t%d\t%" PRIu64 "\t%.*s\n", n->allocated_bytes, n->size_bytes, n->attributes, n->space, e->listed, e->offset,
         (int)name->n, (const char *)name->p);
  return true;
}

int main(int argc, char **argv)
{
  struct hk_bytes_memory blocks;
  struct hk_ntfs_index_counts c;
  struct hk_buf name;
  if (argc != 4) return 2;
  struct hk_ntfs_index in = {.root = load(argv[1]), .bitmap = load(argv[3])};
  const struct hk_cur b = load(argv[2]);
  hk_bytes_memory_init(&blocks, b.base, b.size);
  if (b.base != NULL) in.blocks = &blocks.bytes;
  hk_buf_init(&name, 4096);
  const hk_err e = hk_ntfs_index_read(&in, print, &name, &c);
  hk_buf_done(&name);
  if (e.code != HK_OK) {
    printf("error\t%s\t%s\n", hk_code_name(e.code), e.step);
    return 1;
  }
  printf("counts\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%u\n", c.n_used, c.n_slack, c.n_blocks, c.n_empty,
         c.n_free, c.n_damaged, c.block_bytes);
  return 0;
}
