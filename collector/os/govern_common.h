/* Shared by the files of the ceiling on processor time, and by those that start threads and examiners. */
#ifndef HK_OS_GOVERN_COMMON_H
#define HK_OS_GOVERN_COMMON_H

#include <stdbool.h>

#include "os/govern.h"

/* ---- the platform's part ---- */

/* Processor time used so far, in microseconds: ours, and of examiners living and dead. */
uint64_t os_govern_used_us(void);
uint64_t os_govern_wall_us(void);
/* Makes everything but the calling thread stand still, and go on. Between the two the caller may neither allocate nor lock. */
void os_govern_halt(void);
void os_govern_go_on(void);
/* Gets ready to halt. */
hk_err os_govern_prepare(void);

/* ---- the account: pure ---- */

/* What may still be used, in microseconds of processor time; negative when too much was. */
struct os_account {
  int64_t balance_us;
  uint64_t wall_us, used_us; /* when it was brought up to date last */
  unsigned share_per_mille;  /* of one processor: 250 = a quarter of one, 3000 = three */
};
/* Brings it up to date; returns for how many microseconds all must stand still from here, 0 = not at all. */
uint64_t os_account_update(struct os_account *a, uint64_t wall_us, uint64_t used_us);

#endif
