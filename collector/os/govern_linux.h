/* Examiners under the ceiling on processor time, on Linux. */
#ifndef HK_OS_GOVERN_LINUX_H
#define HK_OS_GOVERN_LINUX_H

#include <sys/types.h>

/* It runs; it will be waited for. The second comes before waitpid: a number must not be used after it may be another's. */
void os_govern_child(pid_t pid);
void os_govern_child_gone(pid_t pid);

#endif
