/* The account of processor time: whatever the demand, the average stays under the share. */
#include "check.h"

#include "os/govern_common.h"

/* Runs the account against somebody who would use `demand` per mille of one processor whenever it may; returns the share used
   over `seconds`, in per mille. */
static unsigned simulate(unsigned share, unsigned demand, unsigned seconds, uint64_t idle_first_us)
{
  struct os_account a = {.share_per_mille = share};
  uint64_t wall = idle_first_us;
  uint64_t used = 0;
  const uint64_t end = wall + (uint64_t)seconds * 1000000;
  while (wall < end) {
    const uint64_t halt = os_account_update(&a, wall, used);
    if (halt > 0) {
      wall += halt + 1000; /* sleeping takes a little longer than asked for */
    } else {
      wall += 10000;
      used += 10000 * (uint64_t)demand / 1000;
    }
  }
  return (unsigned)(used / (seconds * UINT64_C(1000)));
}

TEST(test_govern__holds_the_share_whatever_is_wanted)
{
  static const unsigned shares[] = {10, 50, 200, 400, 1000, 1900};
  static const unsigned demands[] = {100, 1000, 2000, 4000};
  for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++)
    for (size_t k = 0; k < sizeof demands / sizeof demands[0]; k++) {
      const unsigned used = simulate(shares[i], demands[k], 60, 0);
      const unsigned want = demands[k] < shares[i] ? demands[k] : shares[i];
      CHECK(used <= shares[i] + shares[i] / 50 + 2);
      CHECK(used + want / 5 + 2 >= want); /* and it is not wasted either */
    }
}

TEST(test_govern__an_idle_hour_is_no_credit_for_a_burst)
{
  CHECK(simulate(200, 2000, 5, UINT64_C(3600) * 1000000) <= 225);
}
