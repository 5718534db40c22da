#include "villain/villain.h"

#include <unistd.h>

void villain_close_pipe(void)
{
  close(1);
}
