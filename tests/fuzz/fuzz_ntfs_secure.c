/* A $SDS stream, and the input as one security descriptor.
   SEEDS: ntfs/meta/StolenSzechuan */
#include <stdlib.h>
#include <string.h>

#include "ntfs/secure.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct hk_ntfs_secure s;
  char sid[HK_SID_SIZE];
  hk_ntfs_secure_init(&s);
  (void)hk_ntfs_secure_read(&s, hk_cur_over(data, size));
  for (size_t i = 0; i < s.n; i++) {
    if (s.v[i].sid >= s.n_sids || (i > 0 && s.v[i].id < s.v[i - 1].id)) abort();
    if (s.v[i].id != 0 && !hk_str_starts(hk_ntfs_secure_owner(&s, s.v[i].id), HK_S("S-1-"))) abort();
  }
  hk_ntfs_secure_done(&s);
  if (hk_ntfs_descriptor_owner(hk_cur_over(data, size), sid) && strlen(sid) >= HK_SID_SIZE) abort();
  return 0;
}
