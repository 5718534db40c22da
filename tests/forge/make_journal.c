/* make_journal IMAGE BASE_MIB N OUT: gives the volume in IMAGE a change journal as Windows keeps it: $Extend\$UsnJrnl with $Max, and a $J
   whose first BASE_MIB are a hole, followed by N records of version 2, which are written to OUT, too. Made with libntfs-3g, because
   its FUSE driver lets nobody create files in $Extend. Layout: MS-FSCC 2.3.65 and USN_RECORD_V2. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <ntfs-3g/attrib.h>
#include <ntfs-3g/dir.h>
#include <ntfs-3g/inode.h>
#include <ntfs-3g/unistr.h>
#include <ntfs-3g/volume.h>

enum { PAGE = 4096, HEAD = 60, MOST = 256 };

static void stop(const char *what)
{
  perror(what);
  exit(1);
}

static int to_utf16(const char *s, ntfschar **out)
{
  *out = NULL;
  const int n = ntfs_mbstoucs(s, out);
  if (n < 0) stop(s);
  return n;
}

static void put(uint8_t *p, size_t at, uint64_t v, size_t n)
{
  for (size_t i = 0; i < n; i++) p[at + i] = (uint8_t)(v >> (8 * i));
}

static void add_stream(ntfs_inode *file, const char *name, uint64_t at, const void *bytes, size_t n)
{
  ntfschar *u;
  const int length = to_utf16(name, &u);
  if (ntfs_attr_add(file, AT_DATA, u, (u8)length, NULL, 0) != 0) stop(name);
  ntfs_attr *const a = ntfs_attr_open(file, AT_DATA, u, (u32)length);
  if (a == NULL || ntfs_attr_pwrite(a, (s64)at, (s64)n, bytes) != (s64)n) stop(name);
  ntfs_attr_close(a);
  free(u);
}

/* One record at `at`, which is moved past it; no record crosses a page. */
static void add_record(uint8_t *all, size_t *at, uint64_t base, int i)
{
  static const char *const names[] = {"report.docx", "report.docx.locked", "README_RESTORE.txt", "見積書.xlsx", "見積書.xlsx.locked"};
  static const uint32_t reasons[] = {0x100, 0x2, 0x80000102, 0x1000, 0x2000, 0x80000200};
  ntfschar *name;
  const size_t length = 2 * (size_t)to_utf16(names[i % 5], &name);
  const size_t size = (HEAD + length + 7) / 8 * 8;
  if (PAGE - *at % PAGE < size) *at = (*at + PAGE - 1) / PAGE * PAGE;
  uint8_t *const r = all + *at;
  put(r, 0, size, 4);
  put(r, 4, 2, 2);
  put(r, 8, UINT64_C(1) << 48 | (uint64_t)(64 + i), 8);
  put(r, 16, UINT64_C(1) << 48 | 5, 8);
  put(r, 24, base + *at, 8);
  put(r, 32, UINT64_C(133617204000000000) + (uint64_t)i * 10000000, 8);
  put(r, 40, reasons[i % 6], 4);
  put(r, 52, 0x20, 4);
  put(r, 56, length, 2);
  put(r, 58, HEAD, 2);
  memcpy(r + HEAD, name, length);
  free(name);
  *at += size;
}

int main(int argc, char **argv)
{
  if (argc != 5) return 2;
  const uint64_t base = strtoull(argv[2], NULL, 10) << 20;
  const int n = (int)strtol(argv[3], NULL, 10);
  uint8_t *const records = calloc((size_t)n + 1, MOST);
  size_t size = 0;
  uint8_t max[32] = {0};
  for (int i = 0; i < n; i++) add_record(records, &size, base, i);
  put(max, 0, UINT64_C(32) << 20, 8);
  put(max, 8, UINT64_C(8) << 20, 8);
  put(max, 24, base, 8);
  ntfs_volume *const volume = ntfs_mount(argv[1], NTFS_MNT_RECOVER);
  if (volume == NULL) stop(argv[1]);
  ntfs_inode *const extend = ntfs_pathname_to_inode(volume, NULL, "/$Extend");
  ntfschar *name;
  const int length = to_utf16("$UsnJrnl", &name);
  ntfs_inode *const file = extend == NULL ? NULL : ntfs_create(extend, const_cpu_to_le32(0), name, (u8)length, S_IFREG);
  if (file == NULL) stop("$UsnJrnl");
  free(name);
  add_stream(file, "$Max", 0, max, sizeof max);
  add_stream(file, "$J", base, records, size);
  if (ntfs_inode_close(file) != 0 || ntfs_inode_close(extend) != 0 || ntfs_umount(volume, FALSE) != 0) stop("close");
  FILE *const out = fopen(argv[4], "wb");
  if (out == NULL || fwrite(records, 1, size, out) != size || fclose(out) != 0) stop(argv[4]);
  free(records);
  return 0;
}
