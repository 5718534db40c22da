/* Which drive a metadata file speaks of. */
#include "check.h"

#include "lib/drive.h"
#include "source/shadows.h"

static void check_drive(const char *path, const char *want)
{
  const hk_str got = drive_of(hk_str_of(path));
  CHECK_EQ_INT(got.n, strlen(want));
  CHECK_EQ_MEM(got.p, want, got.n);
}

TEST(test_drive__is_the_letter_of_the_path)
{
  check_drive("C:\\$MFT", "C:");
  check_drive("d:\\$Extend\\$UsnJrnl:$J", "d:");
  check_drive("$MFT", "");
  check_drive("", "");
}

TEST(test_drive__a_shadow_copy_speaks_of_the_drive_it_was_made_of)
{
  const struct hk_shadow x = {.letter = 'E', .id = "{00000000-0000-0000-0000-00000000000a}"};
  char device[HK_SHADOW_DEVICE_SIZE];
  char path[HK_SHADOW_DEVICE_SIZE + 8];
  hk_shadow_device(&x, device);
  (void)snprintf(path, sizeof path, "%s\\$MFT", device);
  check_drive(path, "E:");
  check_drive("\\\\?\\GLOBALROOT\\Device\\HarddiskVolumeShadowCopy1\\$MFT", "");
  check_drive("\\\\?\\GLOBALROOT\\Device\\HarddiskVolumeShadowCopy", "");
}
