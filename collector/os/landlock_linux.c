/* Landlock: a ruleset that handles everything the kernel knows and allows nothing. Numbers and bits are written out because
   the headers of older distributions lack them; they are the kernel's ABI (include/uapi/linux/landlock.h, ABI 1 to 6). */
#include "os/confine_linux.h"

#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CREATE_RULESET 444
#define RESTRICT_SELF 446
#define VERSION_FLAG 1u

struct ruleset {
  uint64_t fs;     /* ABI 1: 13 rights; 2: refer; 3: truncate; 5: ioctl of devices */
  uint64_t net;    /* ABI 4: bind and connect of TCP */
  uint64_t scoped; /* ABI 6: abstract sockets, signals */
};

bool os_landlock(void)
{
  const long version = syscall(CREATE_RULESET, NULL, (size_t)0, VERSION_FLAG);
  if (version < 1) return false;
  const int fs_bits = version >= 5 ? 16 : version >= 3 ? 15 : version >= 2 ? 14 : 13;
  const struct ruleset rules = {
      .fs = (UINT64_C(1) << fs_bits) - 1,
      .net = version >= 4 ? 3 : 0,
      .scoped = version >= 6 ? 3 : 0,
  };
  const size_t size = version >= 6 ? 24 : version >= 4 ? 16 : 8;
  const long fd = syscall(CREATE_RULESET, &rules, size, 0u);
  if (fd < 0) return false;
  const bool done = syscall(RESTRICT_SELF, (int)fd, 0u) == 0;
  close((int)fd);
  return done;
}
