/* The answer of an NTP server. */
#include <stdlib.h>
#include <string.h>

#include "run/ntp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  hk_time offset = 0;
  hk_time delay = 0;
  uint64_t stamp = 0;
  const hk_time now = HK_UNIX_EPOCH + 20000 * HK_DAY;
  for (size_t i = 24; i < 32 && i < size; i++) stamp = stamp << 8 | data[i]; /* the right one, or nothing is reached */
  const hk_err e = hk_ntp_answer(data, size, stamp, now, now + HK_SECOND, &offset, &delay);
  if (e.code == HK_OK && size < 48) abort();
  return 0;
}
