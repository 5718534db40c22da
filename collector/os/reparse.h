/* Reparse tags ([MS-FSCC] 2.1.2.1): why a name is more than a file or a folder. 0 = it is not. */
#ifndef HK_OS_REPARSE_H
#define HK_OS_REPARSE_H

#include <stdbool.h>
#include <stdint.h>

#define OS_TAG_MOUNT_POINT 0xA0000003u
#define OS_TAG_SYMLINK 0xA000000Cu
#define OS_TAG_DEDUP 0x80000013u

static inline bool os_tag_is_link(uint32_t tag)
{
  return tag == OS_TAG_SYMLINK || tag == OS_TAG_MOUNT_POINT;
}

/* It stands for another place: every link, but no folder of a cloud service. */
static inline bool os_tag_is_surrogate(uint32_t tag)
{
  return (tag & 0x20000000u) != 0;
}

/* 0x9000001A, 0x9000101A … 0x9000F01A: kept by a cloud service, be the content here or not. */
static inline bool os_tag_is_cloud(uint32_t tag)
{
  return (tag & 0xFFFF0FFFu) == 0x9000001Au;
}

#endif
