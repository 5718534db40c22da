/* Shared by the Linux files of confinement. */
#ifndef HK_OS_CONFINE_LINUX_H
#define HK_OS_CONFINE_LINUX_H

#include <stdbool.h>

/* No file, no network, no signal to others, by Landlock (Linux 5.13). False where the kernel has none. */
bool os_landlock(void);
/* From here on only the calls of the list in seccomp_linux.c. False where the kernel has no seccomp filter. */
bool os_seccomp(void);

#endif
