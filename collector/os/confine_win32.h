/* Shared by the Windows files of confinement. */
#ifndef HK_OS_CONFINE_WIN32_H
#define HK_OS_CONFINE_WIN32_H

#include "os/confine_common.h"
#include "os/os_win32.h"

/* What the child's token may still do, strongest first. */
enum os_token {
  OS_TOKEN_LOCKED,  /* every SID for deny only, restricted to the null SID: the system refuses it everything. It starts with a
                       second token on its first thread, which os_confine_self takes off */
  OS_TOKEN_LIMITED, /* restricted to Users and Everyone; reads what every user may read */
  OS_TOKEN_LOW,     /* no privileges, no administrators, low integrity: reads as the user, writes nearly nowhere */
  OS_TOKEN_SAME,    /* the parent's own */
};

/* A primary token of that kind, and for OS_TOKEN_LOCKED the impersonation token to start with (else *start is NULL). The caller
   closes both. OS_TOKEN_SAME gives NULL. */
hk_err os_token_make(enum os_token kind, HANDLE *primary, HANDLE *start);

#endif
