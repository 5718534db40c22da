/* Which format a file has. What is known and not read is refused by name: a raw reader would find nothing in it and say so wrongly. */
#include "source/disk/disk.h"

#include <string.h>

#include "source/disk/formats.h"

static hk_err refuse(struct hk_bytes *file, hk_str path, struct hk_disk **out)
{
  static const struct {
    const char *magic;
    size_t n;
    const char *step;
  } formats[] = {
      {"EVF2\x0d\x0a\x81", 8, "open the image: Ex01, turn it into a raw image first"},
      {"LVF\x09\x0d\x0a\xff", 8, "open the image: L01, it holds copied files, not a disk"},
      {"LEF2\x0d\x0a\x81", 8, "open the image: Lx01, it holds copied files, not a disk"},
      {"ADCRYPT", 8, "open the image: encrypted by FTK Imager, decrypt it with its password first"},
      {"AFF10\x0d\x0a", 8, "open the image: AFF, turn it into a raw image first"},
      {"PK\x03\x04", 4, "open the image: a ZIP, as AFF4 is; turn that into a raw image first"},
  };
  uint8_t head[8];
  size_t got = 0;
  (void)path;
  (void)out;
  HK_TRY(file->read_at(file, 0, head, sizeof head, &got));
  for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
    if (got >= formats[i].n && memcmp(head, formats[i].magic, formats[i].n) == 0) return hk_fail(HK_UNSUPPORTED, formats[i].step, 0);
  return hk_fail(HK_ABSENT, "find a container", 0);
}

hk_err hk_disk_open(struct hk_bytes *file, hk_str path, struct hk_disk **out)
{
  hk_disk_open_fn *const formats[] = {hk_qcow2_open, hk_vhdx_open, hk_vhd_open, hk_vmdk_open, hk_vdi_open, hk_ewf_open, refuse};
  for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
    const hk_err e = formats[i](file, path, out);
    if (e.code != HK_ABSENT) return e;
  }
  return hk_fail(HK_ABSENT, "find a container", 0);
}
