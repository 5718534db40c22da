#include "villain/villain.h"

#include <windows.h>

void villain_close_pipe(void)
{
  CloseHandle(GetStdHandle(STD_OUTPUT_HANDLE));
}

bool villain_exec_memory_refused(void)
{
  void *const p = VirtualAlloc(NULL, 4096, MEM_RESERVE | MEM_COMMIT, PAGE_EXECUTE_READWRITE);
  if (p == NULL) return true;
  (void)VirtualFree(p, 0, MEM_RELEASE);
  return false;
}

bool villain_odd_call(void)
{
  return false;
}
