/* What differs by platform. */
#ifndef HK_VILLAIN_VILLAIN_H
#define HK_VILLAIN_VILLAIN_H

/* Closes standard output under the program. */
void villain_close_pipe(void);

#endif
