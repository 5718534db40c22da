#include "villain/villain.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

void villain_close_pipe(void)
{
  close(1);
}

bool villain_exec_memory_refused(void)
{
  void *const p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED) return true;
  (void)munmap(p, 4096);
  return false;
}

bool villain_odd_call(void)
{
  (void)syscall(SYS_ptrace, 0, 0, 0, 0);
  return true;
}
