#include "villain/villain.h"

#include <windows.h>

void villain_close_pipe(void)
{
  CloseHandle(GetStdHandle(STD_OUTPUT_HANDLE));
}
