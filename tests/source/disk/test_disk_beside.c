/* Names in a container. */
#include "source/disk/beside.h"

#include "check.h"

TEST(test_disk__a_name_beside_the_container_is_opened_by_its_name_only)
{
  static const char *const plain[] = {"disk-flat.vmdk", "Windows 10 x64-s001.vmdk", "a", "...a", "\xE7\x81\xAB\xE6\xB6\x88\xE3\x81\x97.vmdk", "con-s001.vmdk",
                                      "COM10.vmdk", "nul_", "LPT", "auxiliary.bin"};
  for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
    if (!hk_disk_name_is_plain(hk_str_of(plain[i]))) printf("  %s\n", plain[i]);
    CHECK(hk_disk_name_is_plain(hk_str_of(plain[i])));
  }
}

TEST(test_disk__paths_shares_drives_devices_and_streams_are_no_names)
{
  static const char *const others[] = {"", ".", "..", "../x", "..\\x", "/etc/passwd", "a/b", "a\\b", "\\\\attacker\\share\\x", "//attacker/share/x", "C:x", "C:\\x",
                                       "\\\\.\\PhysicalDrive0", "\\\\?\\C:\\x", "x:stream", "x::$DATA", "con", "CON.vmdk", "nul", "NUL.tar.gz", "Aux .txt", "prn",
                                       "com1", "COM1.log", "lpt9.x", "COM\xC2\xB9.vmdk", "lpt\xC2\xB3", "conin$", "CONOUT$", "clock$", "x.", "x ", "x. .", "a*b", "a?",
                                       "a\"b", "a<b", "a>b", "a|b", "a\nb", "a\x7F", "\xFF.vmdk", "\x83\x5C.vmdk"};
  for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
    struct hk_bytes *b = NULL;
    if (hk_disk_name_is_plain(hk_str_of(others[i]))) printf("  %s\n", others[i]);
    CHECK(!hk_disk_name_is_plain(hk_str_of(others[i])));
    CHECK_EQ_INT(hk_disk_open_beside(HK_S("d.vmdk"), hk_str_of(others[i]), &b).code, HK_REFUSED);
  }
  CHECK(!hk_disk_name_is_plain((hk_str){.p = "a\0b", .n = 3}));
  char longest[257];
  memset(longest, 'a', sizeof longest);
  CHECK(!hk_disk_name_is_plain((hk_str){.p = longest, .n = 256}));
}

TEST(test_disk__what_is_not_there_is_not_taken_for_no_container)
{
  struct hk_bytes *b = NULL;
  CHECK_EQ_INT(hk_disk_open_beside(HK_S("nowhere/d.vmdk"), HK_S("d-flat.vmdk"), &b).code, HK_TRUNCATED);
  CHECK_EQ_INT(hk_disk_open_beside(HK_S(""), HK_S("d-flat.vmdk"), &b).code, HK_UNSUPPORTED);
}
