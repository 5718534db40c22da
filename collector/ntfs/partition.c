/* Partition tables. Every chain has a budget, every start is checked against the device. */
#include "ntfs/partition.h"

#include <string.h>

enum {
  MBR_TABLE = 446,
  MBR_ENTRY = 16,
  TYPE_GPT = 0xEE,
  GPT_ENTRY_LEAST = 128,
  GPT_ENTRIES_MOST = 1024,
};

struct mbr_entry {
  uint8_t status, type;
  uint64_t first, count; /* sectors */
};

static bool is_extended(uint8_t type)
{
  return type == 0x05 || type == 0x0F || type == 0x85;
}

static hk_err read_sector(struct hk_ntfs_device *d, uint64_t number, uint8_t sector[HK_NTFS_MAX_SECTOR])
{
  if (number > (uint64_t)INT64_MAX / d->sector_bytes) return hk_fail(HK_DAMAGED, "read partition table", HK_NO_OFFSET);
  return hk_ntfs_device_read(d, number * d->sector_bytes, sector, d->sector_bytes);
}

static void add(struct hk_ntfs_device *d, uint64_t first, uint64_t count, struct hk_partitions *out)
{
  uint8_t sector[HK_NTFS_MAX_SECTOR];
  const uint64_t most = (uint64_t)INT64_MAX / d->sector_bytes;
  if (out->n == HK_PARTITIONS_MAX || first == 0 || count == 0 || first > most || count > most) return;
  const uint64_t start = first * d->sector_bytes;
  for (size_t i = 0; i < out->n; i++)
    if (out->v[i].start_bytes == start) return;
  if (start >= d->bytes->size_bytes || read_sector(d, first, sector).code != HK_OK) return;
  const struct hk_cur c = hk_cur_over(sector, d->sector_bytes);
  out->v[out->n++] =
      (struct hk_partition){.start_bytes = start, .size_bytes = count * d->sector_bytes, .kind = hk_ntfs_boot_kind(&c)};
}

static bool has_signature(const uint8_t *sector)
{
  return sector[510] == 0x55 && sector[511] == 0xAA;
}

static struct mbr_entry entry_at(const uint8_t *sector, size_t i)
{
  const struct hk_cur whole = hk_cur_over(sector, 512);
  struct hk_cur c = hk_cur_at(&whole, MBR_TABLE + i * MBR_ENTRY, MBR_ENTRY);
  struct mbr_entry e = {.status = hk_u8(&c)};
  hk_skip(&c, 3);
  e.type = hk_u8(&c);
  hk_skip(&c, 3);
  e.first = hk_u32le(&c);
  e.count = hk_u32le(&c);
  return e;
}

/* Logical partitions: a chain of sectors, each with one partition and the place of the next, both relative. */
static void read_extended(struct hk_ntfs_device *d, uint64_t first, struct hk_partitions *out)
{
  uint8_t sector[HK_NTFS_MAX_SECTOR];
  uint64_t at = first;
  for (int budget = HK_PARTITIONS_MAX; budget > 0; budget--) {
    if (read_sector(d, at, sector).code != HK_OK || !has_signature(sector)) return;
    const struct mbr_entry part = entry_at(sector, 0);
    const struct mbr_entry next = entry_at(sector, 1);
    if (part.type != 0) add(d, at + part.first, part.count, out);
    if (!is_extended(next.type) || next.first == 0) return;
    at = first + next.first;
  }
}

static hk_err read_gpt_at(struct hk_ntfs_device *d, uint64_t number, struct hk_partitions *out)
{
  uint8_t sector[HK_NTFS_MAX_SECTOR];
  static const uint8_t unused[16];
  HK_TRY(read_sector(d, number, sector));
  struct hk_cur c = hk_cur_over(sector, d->sector_bytes);
  const uint8_t *const magic = hk_take(&c, 8);
  if (magic == NULL || memcmp(magic, "EFI PART", 8) != 0) return hk_fail(HK_DAMAGED, "read GPT header", (int64_t)(number * d->sector_bytes));
  hk_seek(&c, 72);
  const uint64_t table = hk_u64le(&c);
  const uint32_t n = hk_u32le(&c);
  const uint32_t size = hk_u32le(&c);
  if (c.bad || size < GPT_ENTRY_LEAST || size > d->sector_bytes || d->sector_bytes % size != 0 || n > GPT_ENTRIES_MOST)
    return hk_fail(HK_DAMAGED, "read GPT header", (int64_t)(number * d->sector_bytes));
  const uint32_t per_sector = d->sector_bytes / size;
  for (uint32_t i = 0; i < n; i++) {
    if (i % per_sector == 0) HK_TRY(read_sector(d, table + i / per_sector, sector));
    const struct hk_cur whole = hk_cur_over(sector, d->sector_bytes);
    struct hk_cur e = hk_cur_at(&whole, (uint64_t)(i % per_sector) * size, size);
    const uint8_t *const type = hk_take(&e, 16);
    hk_seek(&e, 32);
    const uint64_t first = hk_u64le(&e);
    const uint64_t last = hk_u64le(&e);
    if (type == NULL || memcmp(type, unused, 16) == 0 || last < first || last - first >= UINT64_MAX / 2) continue;
    add(d, first, last - first + 1, out);
  }
  return hk_ok();
}

/* The header lies in sector 1; its copy in the last one. */
static hk_err read_gpt(struct hk_ntfs_device *d, struct hk_partitions *out)
{
  const hk_err e = read_gpt_at(d, 1, out);
  if (e.code == HK_OK) return e;
  const uint64_t n_sectors = d->bytes->size_bytes / d->sector_bytes;
  return n_sectors > 2 && d->bytes->size_bytes != UINT64_MAX && read_gpt_at(d, n_sectors - 1, out).code == HK_OK ? hk_ok() : e;
}

hk_err hk_partitions_read(struct hk_ntfs_device *d, struct hk_partitions *out)
{
  uint8_t sector[HK_NTFS_MAX_SECTOR];
  out->n = 0;
  out->is_volume = false;
  HK_TRY(read_sector(d, 0, sector));
  const struct hk_cur c = hk_cur_over(sector, d->sector_bytes);
  const enum hk_ntfs_kind kind = hk_ntfs_boot_kind(&c);
  if (kind != HK_NTFS_OTHER) {
    out->is_volume = true;
    out->n = 1;
    out->v[0] = (struct hk_partition){.size_bytes = d->bytes->size_bytes, .kind = kind};
    return hk_ok();
  }
  if (d->sector_bytes < 512 || !has_signature(sector)) return hk_fail(HK_ABSENT, "find a partition table or a volume", 0);
  for (size_t i = 0; i < 4; i++)
    if (entry_at(sector, i).type == TYPE_GPT) return read_gpt(d, out);
  for (size_t i = 0; i < 4; i++) {
    const struct mbr_entry e = entry_at(sector, i);
    if (is_extended(e.type))
      read_extended(d, e.first, out);
    else if (e.type != 0)
      add(d, e.first, e.count, out);
  }
  return out->n > 0 ? hk_ok() : hk_fail(HK_ABSENT, "find a partition", 0);
}
