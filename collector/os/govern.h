/* Being a good guest on a PC that people work with: low priority, and a ceiling on processor time that holds.

   The ceiling is kept by halting. A thread of its own looks at the system's accounts of this process and its examiner every few
   milliseconds; when they used more than their share, every other thread of this process and the examiner stand still until the
   average is right again. Nobody has to co-operate: a library in the middle of a long loop stands still, too. */
#ifndef HK_OS_GOVERN_H
#define HK_OS_GOVERN_H

#include "base/err.h"

/* Processor and disk come to everybody else first. For this thread and those it starts, and for the examiner. Call it early. */
void os_low_priority(void);

/* From now on at most `percent` (1 to 100) of all processors together. Call once; it lasts until the program ends. */
hk_err os_govern(unsigned percent);

/* How much longer things take under the ceiling, at least 1: deadlines are multiplied with it. */
unsigned os_govern_stretch(void);

/* Processor time of this process and its examiners so far, in milliseconds. */
uint64_t os_cpu_used_ms(void);

#endif
