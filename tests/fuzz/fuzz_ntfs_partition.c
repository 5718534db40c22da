/* Partition tables and boot sectors, with sectors of 512 and of 4096 bytes.
   SEEDS: ntfs/image/tsk_volume_system.raw ntfs/meta/$Boot ntfs/meta/RathbunVM */
#include <stdlib.h>

#include "base/bytes.h"
#include "ntfs/partition.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static struct hk_partitions p;
  struct hk_bytes_memory m;
  hk_bytes_memory_init(&m, data, size);
  for (uint32_t sector = 512; sector <= 4096; sector *= 8) {
    struct hk_ntfs_device d = {.bytes = &m.bytes, .sector_bytes = sector};
    struct hk_ntfs_volume v;
    (void)hk_partitions_read(&d, &p);
    if (p.n > HK_PARTITIONS_MAX) abort();
    for (size_t i = 0; i < p.n; i++) {
      if (p.v[i].start_bytes >= size || p.v[i].start_bytes % sector != 0) abort();
      (void)hk_ntfs_volume_open(&d, p.v[i].start_bytes, &v);
    }
    const struct hk_cur c = hk_cur_over(data, size);
    if (hk_ntfs_boot_parse(&c, &v).code == HK_OK && (v.cluster_bytes == 0 || v.record_bytes < 512)) abort();
  }
  return 0;
}
