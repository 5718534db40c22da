/* Boot sector and sector-aligned reading. */
#include "ntfs/volume.h"

#include <assert.h>
#include <string.h>

hk_err hk_ntfs_device_read(struct hk_ntfs_device *d, uint64_t offset, void *out, size_t n)
{
  assert(offset % d->sector_bytes == 0 && n % d->sector_bytes == 0);
  uint8_t *const to = out;
  size_t done = 0;
  while (done < n) {
    size_t got = 0;
    HK_TRY(d->bytes->read_at(d->bytes, offset + done, to + done, n - done, &got));
    if (got == 0) return hk_fail(HK_TRUNCATED, "read the volume: it ends early", (int64_t)(offset + done));
    done += got;
  }
  return hk_ok();
}

enum hk_ntfs_kind hk_ntfs_boot_kind(const struct hk_cur *sector)
{
  struct hk_cur c = hk_cur_at(sector, 3, 8);
  const uint8_t *const oem = hk_take(&c, 8);
  if (oem == NULL) return HK_NTFS_OTHER;
  if (memcmp(oem, "NTFS    ", 8) == 0) return HK_NTFS_VOLUME;
  return memcmp(oem, "-FVE-FS-", 8) == 0 ? HK_NTFS_BITLOCKER : HK_NTFS_OTHER;
}

static bool is_power_of_two(uint64_t n)
{
  return n != 0 && (n & (n - 1)) == 0;
}

/* One byte: a count of clusters, or as a negative number the power of two in bytes. 0 = neither. */
static uint64_t sized(uint8_t b, uint64_t cluster_bytes)
{
  if (b < 0x80) return b * cluster_bytes;
  const unsigned shift = 256u - b;
  return shift < 32 ? UINT64_C(1) << shift : 0;
}

hk_err hk_ntfs_boot_parse(const struct hk_cur *sector, struct hk_ntfs_volume *out)
{
  struct hk_cur c = hk_cur_at(sector, 0, 84);
  if (c.bad) return hk_fail(HK_TRUNCATED, "read boot sector", 0);
  if (hk_ntfs_boot_kind(sector) == HK_NTFS_BITLOCKER)
    return hk_fail(HK_DENIED, "open the volume: locked by BitLocker; unlock it or give its key first", 3);
  if (hk_ntfs_boot_kind(sector) != HK_NTFS_VOLUME) return hk_fail(HK_ABSENT, "find an NTFS boot sector", 3);
  hk_seek(&c, 11);
  const uint16_t sector_bytes = hk_u16le(&c);
  const uint8_t per_cluster = hk_u8(&c);
  hk_seek(&c, 40);
  const uint64_t n_sectors = hk_u64le(&c);
  const uint64_t mft = hk_u64le(&c);
  const uint64_t mirror = hk_u64le(&c);
  const uint8_t record = hk_u8(&c);
  hk_seek(&c, 72);
  const uint64_t serial = hk_u64le(&c);
  if (!is_power_of_two(sector_bytes) || sector_bytes < 256 || sector_bytes > HK_NTFS_MAX_SECTOR)
    return hk_fail(HK_UNSUPPORTED, "sector size in boot sector", 11);
  /* Above 0x80 sectors the byte is a negative power of two: clusters of 128 KiB to 2 MiB since Windows 10. */
  const uint64_t cluster = per_cluster <= 0x80 ? (uint64_t)per_cluster * sector_bytes : sized(per_cluster, 1) * sector_bytes;
  if (!is_power_of_two(cluster) || cluster > (uint64_t)2 << 20) return hk_fail(HK_UNSUPPORTED, "cluster size in boot sector", 13);
  const uint64_t record_bytes = sized(record, cluster);
  if (!is_power_of_two(record_bytes) || record_bytes < 512 || record_bytes > 65536)
    return hk_fail(HK_UNSUPPORTED, "record size in boot sector", 64);
  if (n_sectors == 0 || n_sectors > (uint64_t)INT64_MAX / sector_bytes) return hk_fail(HK_DAMAGED, "volume size in boot sector", 40);
  *out = (struct hk_ntfs_volume){.size_bytes = n_sectors * sector_bytes,
                                 .sector_bytes = sector_bytes,
                                 .cluster_bytes = (uint32_t)cluster,
                                 .record_bytes = (uint32_t)record_bytes,
                                 .mft_cluster = mft,
                                 .mirror_cluster = mirror,
                                 .n_clusters = n_sectors * sector_bytes / cluster,
                                 .serial = serial};
  return hk_ok();
}

hk_err hk_ntfs_volume_open(struct hk_ntfs_device *d, uint64_t start_bytes, struct hk_ntfs_volume *out)
{
  uint8_t sector[HK_NTFS_MAX_SECTOR];
  struct hk_ntfs_volume v;
  if (start_bytes % d->sector_bytes != 0) return hk_fail(HK_USAGE, "open a volume that begins inside a sector", (int64_t)start_bytes);
  HK_TRY(hk_ntfs_device_read(d, start_bytes, sector, d->sector_bytes));
  const struct hk_cur c = hk_cur_over(sector, d->sector_bytes);
  HK_TRY(hk_ntfs_boot_parse(&c, &v));
  v.device = d;
  v.start_bytes = start_bytes;
  *out = v;
  return hk_ok();
}

/* Part of one sector, through a buffer of our own. */
static hk_err read_part(const struct hk_ntfs_volume *v, uint64_t at, uint8_t *out, size_t n)
{
  uint8_t sector[HK_NTFS_MAX_SECTOR];
  const uint32_t size = v->device->sector_bytes;
  const size_t skip = (size_t)(at % size);
  HK_TRY(hk_ntfs_device_read(v->device, at - skip, sector, size));
  memcpy(out, sector + skip, n);
  return hk_ok();
}

hk_err hk_ntfs_volume_read(const struct hk_ntfs_volume *v, uint64_t offset, void *out, size_t n)
{
  if (offset > v->size_bytes || n > v->size_bytes - offset) return hk_fail(HK_TRUNCATED, "read past the end of the volume", (int64_t)offset);
  const uint32_t size = v->device->sector_bytes;
  uint64_t at = v->start_bytes + offset;
  uint8_t *to = out;
  while (n > 0) {
    const size_t skip = (size_t)(at % size);
    size_t step = n / size * size;
    if (skip != 0 || step == 0) {
      step = size - skip < n ? size - skip : n;
      HK_TRY(read_part(v, at, to, step));
    } else {
      HK_TRY(hk_ntfs_device_read(v->device, at, to, step));
    }
    at += step;
    to += step;
    n -= step;
  }
  return hk_ok();
}
