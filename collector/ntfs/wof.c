/* A table of where each chunk but the first begins, then the chunks; one as long as what it holds is stored plain. */
#include "ntfs/wof.h"

#include <stdlib.h>
#include <string.h>

hk_err hk_wof_method_parse(struct hk_cur reparse, enum hk_wof_method *out)
{
  struct hk_cur c = hk_cur_at(&reparse, 0, reparse.size);
  const uint32_t tag = hk_u32le(&c);
  hk_skip(&c, 4);
  const uint32_t version = hk_u32le(&c);
  const uint32_t provider = hk_u32le(&c);
  const uint32_t provider_version = hk_u32le(&c);
  const uint32_t method = hk_u32le(&c);
  if (tag != HK_NTFS_TAG_WOF) return hk_fail(HK_USAGE, "open: not compressed by the overlay filter", 0);
  if (c.bad) return hk_fail(HK_TRUNCATED, "read overlay filter's reparse data", 0);
  if (version != 1 || provider != 2 || provider_version != 1)
    return hk_fail(HK_UNSUPPORTED, "open: its content is in a WIM file, or of an unknown overlay provider", 12);
  if (method > HK_WOF_XPRESS16K) return hk_fail(HK_UNSUPPORTED, "open: overlay compression method", 20);
  *out = (enum hk_wof_method)method;
  return hk_ok();
}

static hk_err read_exactly(struct hk_bytes *b, uint64_t offset, void *out, size_t n)
{
  size_t got = 0;
  HK_TRY(b->read_at(b, offset, out, n, &got));
  return got == n ? hk_ok() : hk_fail(HK_TRUNCATED, "read compressed chunk", (int64_t)offset);
}

/* Where chunk i begins, behind the table; i == n_chunks is the end. */
static hk_err chunk_start(struct hk_wof *w, uint64_t i, uint64_t *out)
{
  uint8_t raw[8];
  if (i == 0 || i == w->n_chunks) {
    *out = i == 0 ? 0 : w->packed->size_bytes - w->table_bytes;
    return hk_ok();
  }
  HK_TRY(read_exactly(w->packed, (i - 1) * w->entry_bytes, raw, w->entry_bytes));
  struct hk_cur c = hk_cur_over(raw, w->entry_bytes);
  *out = w->entry_bytes == 8 ? hk_u64le(&c) : hk_u32le(&c);
  return hk_ok();
}

static hk_err unpack(struct hk_wof *w, size_t n_in, size_t n_out)
{
  struct hk_cur c = hk_cur_over(w->in, n_in);
  size_t done = 0;
  if (w->lzx != NULL) return hk_lzx_unpack(w->lzx, &c, w->chunk, n_out);
  return hk_lzxpress_huffman(w->xpress, &c, w->chunk, n_out, &done);
}

static hk_err fill(struct hk_wof *w, uint64_t number)
{
  uint64_t start = 0, end = 0;
  w->number = UINT64_MAX;
  HK_TRY(chunk_start(w, number, &start));
  HK_TRY(chunk_start(w, number + 1, &end));
  const uint64_t left = w->bytes.size_bytes - number * w->chunk_bytes;
  const size_t n_out = left < w->chunk_bytes ? (size_t)left : w->chunk_bytes;
  if (end <= start || end - start > n_out || end > w->packed->size_bytes - w->table_bytes)
    return hk_fail(HK_DAMAGED, "read table of compressed chunks", (int64_t)(number * w->entry_bytes));
  const size_t n_in = (size_t)(end - start);
  HK_TRY(read_exactly(w->packed, w->table_bytes + start, w->in, n_in));
  if (n_in == n_out)
    memcpy(w->chunk, w->in, n_out);
  else
    HK_TRY(unpack(w, n_in, n_out));
  w->number = number;
  return hk_ok();
}

static hk_err wof_read_at(struct hk_bytes *self, uint64_t offset, void *out, size_t n, size_t *got)
{
  struct hk_wof *const w = (struct hk_wof *)(void *)self;
  uint8_t *const to = out;
  *got = 0;
  if (offset >= w->bytes.size_bytes) return hk_ok();
  if (n > w->bytes.size_bytes - offset) n = (size_t)(w->bytes.size_bytes - offset);
  while (*got < n) {
    const uint64_t number = (offset + *got) / w->chunk_bytes;
    if (number != w->number) HK_TRY(fill(w, number));
    const size_t into = (size_t)((offset + *got) % w->chunk_bytes);
    const size_t step = w->chunk_bytes - into < n - *got ? w->chunk_bytes - into : n - *got;
    memcpy(to + *got, w->chunk + into, step);
    *got += step;
  }
  return hk_ok();
}

hk_err hk_wof_init(struct hk_wof *w, struct hk_bytes *packed, uint64_t size_bytes, enum hk_wof_method method)
{
  static const uint32_t chunk_bytes[] = {
      [HK_WOF_XPRESS4K] = 4096, [HK_WOF_LZX] = HK_LZX_WINDOW, [HK_WOF_XPRESS8K] = 8192, [HK_WOF_XPRESS16K] = 16384};
  struct hk_wof n = {.bytes = {.size_bytes = size_bytes, .read_at = wof_read_at},
                     .packed = packed,
                     .method = method,
                     .chunk_bytes = chunk_bytes[method],
                     .entry_bytes = size_bytes > UINT32_MAX ? 8 : 4,
                     .number = UINT64_MAX};
  n.n_chunks = size_bytes / n.chunk_bytes + (size_bytes % n.chunk_bytes != 0);
  n.table_bytes = n.n_chunks == 0 ? 0 : (n.n_chunks - 1) * n.entry_bytes;
  if (n.table_bytes > packed->size_bytes) return hk_fail(HK_DAMAGED, "read table of compressed chunks", 0);
  n.chunk = malloc(n.chunk_bytes);
  n.in = malloc(n.chunk_bytes);
  if (method == HK_WOF_LZX)
    n.lzx = malloc(hk_lzx_size());
  else
    n.xpress = malloc(sizeof *n.xpress);
  if (n.chunk == NULL || n.in == NULL || (n.lzx == NULL && n.xpress == NULL)) {
    hk_wof_done(&n);
    return hk_fail(HK_MEMORY, "open a compressed file", HK_NO_OFFSET);
  }
  *w = n;
  return hk_ok();
}

void hk_wof_done(struct hk_wof *w)
{
  free(w->chunk);
  free(w->in);
  free(w->lzx);
  free(w->xpress);
  *w = (struct hk_wof){.number = UINT64_MAX};
}
