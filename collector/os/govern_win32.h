/* Threads and examiners under the ceiling on processor time, on Windows. */
#ifndef HK_OS_GOVERN_WIN32_H
#define HK_OS_GOVERN_WIN32_H

#include "os/os_win32.h"

/* A thread of ours; the handle stays the caller's until the second call. */
void os_govern_thread(HANDLE thread);
void os_govern_thread_gone(HANDLE thread);
/* The same for an examiner's process. */
void os_govern_child(HANDLE process);
void os_govern_child_gone(HANDLE process);

#endif
