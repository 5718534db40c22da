/* What differs by platform. */
#ifndef HK_VILLAIN_VILLAIN_H
#define HK_VILLAIN_VILLAIN_H

#include <stdbool.h>

/* Closes standard output under the program. */
void villain_close_pipe(void);
/* Makes memory that can be written and executed; true when the system refused. */
bool villain_exec_memory_refused(void);
/* A system call that no parser has a use for; false where there is none to try. */
bool villain_odd_call(void);

#endif
