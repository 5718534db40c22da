/* The archive reader over hostile bytes: directory, every entry, the manifest, and the scan that recovery uses. */
#include <stdint.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "store/store.h"
#include "store/zip_scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MOST_BYTES (UINT64_C(64) << 20) /* unpacked, of one input */

static uint64_t left;

static void read_entry(struct hk_archive *z, const struct hk_archive_entry *e)
{
  static uint8_t piece[65536];
  struct hk_archive_reader *r = NULL;
  if (hk_archive_read_open(z, e, &r).code != HK_OK) return;
  for (;;) {
    size_t got = 0;
    if (hk_archive_read(r, piece, sizeof piece, &got).code != HK_OK || got == 0 || got > left) break;
    left -= got;
  }
  hk_archive_read_close(r);
}

static bool on_line(void *ctx, const struct hk_manifest_line *line)
{
  (void)ctx;
  if (line->path.n > 0 && line->path.p == NULL) abort();
  return true;
}

static hk_err on_found(void *ctx, const struct zip_found *f)
{
  const struct hk_bytes *const in = ctx;
  if (f->end_at > in->size_bytes || f->data_at > f->end_at) abort();
  return hk_ok();
}

static void on_broken(void *ctx, hk_str name, hk_err e)
{
  (void)ctx;
  if (e.code == HK_OK || (name.n > 0 && name.p == NULL)) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct hk_bytes_memory m;
  struct hk_archive *z = NULL;
  hk_bytes_memory_init(&m, data, size);
  left = MOST_BYTES;
  if (hk_archive_open_bytes(&m.bytes, &z).code == HK_OK) {
    const size_t n = hk_archive_count(z) < 1000 ? hk_archive_count(z) : 1000;
    for (size_t i = 0; i < n; i++) {
      const struct hk_archive_entry *const e = hk_archive_at(z, i);
      struct hk_arena a;
      hk_arena_init(&a, 1 << 20);
      struct hk_ranges r;
      (void)hk_archive_evidence_path(&a, e->name);
      if (hk_archive_ranges(z, e, &a, &r).code == HK_OK && r.n > e->size_bytes) abort();
      hk_arena_done(&a);
      read_entry(z, e);
    }
    (void)hk_archive_manifest(z, on_line, NULL);
    hk_archive_close(z);
  }
  const struct zip_scan_events events = {.ctx = &m.bytes, .on_found = on_found, .on_broken = on_broken};
  (void)zip_scan(&m.bytes, &events);
  return 0;
}
