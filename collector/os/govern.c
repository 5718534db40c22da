/* The ceiling on processor time: the account, and the thread that keeps it. */
#include "os/govern_common.h"

#include <stdatomic.h>

#include "os/os.h"

#define TICK_MS 10u
#define LONGEST_HALT_US UINT64_C(500000)
/* What was not used is kept for so long only: a ceiling over a minute must not allow a burst of seconds. */
#define CREDIT_US 100000
/* As many processors as the run could use at most; more is not known here. */
#define MOST_BUSY 4u

static atomic_uint stretch = 1;

uint64_t os_account_update(struct os_account *a, uint64_t wall_us, uint64_t used_us)
{
  const uint64_t earned = (wall_us - a->wall_us) * a->share_per_mille / 1000;
  const int64_t most = (int64_t)CREDIT_US * a->share_per_mille / 1000;
  a->balance_us += (int64_t)earned - (int64_t)(used_us > a->used_us ? used_us - a->used_us : 0);
  if (a->balance_us > most) a->balance_us = most;
  a->wall_us = wall_us;
  a->used_us = used_us;
  return a->balance_us >= 0 ? 0 : (uint64_t)-a->balance_us * 1000 / a->share_per_mille;
}

static void keep(void *ctx)
{
  struct os_account a = *(const struct os_account *)ctx;
  for (;;) {
    uint64_t halt_us = os_account_update(&a, os_govern_wall_us(), os_govern_used_us());
    if (halt_us == 0) {
      os_sleep_ms(TICK_MS);
      continue;
    }
    if (halt_us > LONGEST_HALT_US) halt_us = LONGEST_HALT_US;
    os_govern_halt();
    os_sleep_ms((unsigned)(halt_us / 1000) + 1);
    os_govern_go_on();
  }
}

hk_err os_govern(unsigned percent)
{
  static struct os_account first;
  struct os_thread *thread = NULL; /* never joined: it ends with the process */
  const unsigned share = percent * 10 * os_cpu_count();
  if (percent >= 100) return hk_ok();
  HK_TRY(os_govern_prepare());
  first = (struct os_account){
      .wall_us = os_govern_wall_us(), .used_us = os_govern_used_us(), .share_per_mille = share < 10 ? 10 : share};
  HK_TRY(os_thread_start(keep, &first, &thread));
  if (first.share_per_mille < MOST_BUSY * 1000) atomic_store(&stretch, (MOST_BUSY * 1000 + first.share_per_mille - 1) / first.share_per_mille);
  return hk_ok();
}

unsigned os_govern_stretch(void)
{
  return atomic_load(&stretch);
}

uint64_t os_cpu_used_ms(void)
{
  return os_govern_used_us() / 1000;
}
