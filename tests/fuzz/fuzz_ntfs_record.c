/* One file record: update sequence, header, attributes, names; and each run list in it. The update sequence is put right
   first in half of the inputs, or nothing behind it would ever be reached. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "ntfs/record.h"
#include "ntfs/runlist.h"
#include "ntfs/tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_runs(struct hk_cur packed, uint64_t first)
{
  struct hk_ntfs_runs r = {0};
  (void)hk_ntfs_runs_add(&r, packed, first & 0xFFFFFF, 1 << 24);
  uint64_t next = 0;
  for (size_t i = 0; i < r.n; i++) {
    if (r.v[i].n == 0 || r.v[i].vcn < next) abort();
    if (r.v[i].cluster != HK_NTFS_HOLE && r.v[i].cluster + r.v[i].n > 1 << 24) abort();
    if (hk_ntfs_runs_find(&r, r.v[i].vcn + r.v[i].n - 1) != &r.v[i]) abort();
    next = r.v[i].vcn + r.v[i].n;
  }
  hk_ntfs_runs_done(&r);
}

static void mend(uint8_t *p, size_t size)
{
  memcpy(p, "FILE", 4);
  p[4] = 48, p[5] = 0, p[6] = (uint8_t)(size / 512 + 1), p[7] = 0;
  for (size_t at = 510; at < size; at += 512) memcpy(p + at, p + 48, 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  uint8_t record[4096];
  const size_t n = size >= 4096 ? 4096 : size >= 1024 ? 1024 : size;
  struct hk_ntfs_record r;
  struct hk_ntfs_attribute a;
  memcpy(record, data, n);
  if (n >= 1024 && (data[n / 2] & 1) != 0) mend(record, n);
  (void)hk_ntfs_fixup(record, n, "FILE");
  if (hk_ntfs_record_parse(record, n, &r).code != HK_OK) return 0;
  struct hk_buf name;
  hk_buf_init(&name, 1 << 20);
  struct hk_cur c = hk_ntfs_attributes(&r);
  while (hk_ntfs_attribute_next(&c, &a)) {
    struct hk_ntfs_name fn;
    struct hk_ntfs_standard si;
    if (!a.resident) check_runs(a.runs, a.first_vcn);
    if (a.resident && hk_ntfs_name_parse(a.value, &fn)) hk_ntfs_name_utf8(fn.name, &name);
    if (a.resident) (void)hk_ntfs_standard_parse(a.value, &si);
    hk_ntfs_name_utf8(a.name, &name);
  }
  if (!hk_str_valid(hk_buf_view(&name))) abort();
  hk_buf_done(&name);
  check_runs(hk_cur_over(data, size), 0);
  return 0;
}
