/* Shared by the POSIX files of os/ only. */
#ifndef HK_OS_OS_POSIX_H
#define HK_OS_OS_POSIX_H

#include <stdbool.h>

#include "os/os.h"

struct os_file {
  int fd;
  bool is_standard; /* never closed */
};

/* errno to HK_*; HK_IO for whatever says nothing better. */
enum hk_code os_code_of_errno(int e);
/* hk_fail_os with errno as it is now. */
hk_err os_fail_errno(const char *step);

#endif
