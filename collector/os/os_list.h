/* Shared by os_names_win32.c and os_names_posix.c: the names of a directory, collected, sorted by bytes, then shown. */
#ifndef HK_OS_OS_LIST_H
#define HK_OS_OS_LIST_H

#include "os/os.h"

struct os_names {
  struct hk_arena arena; /* the names */
  struct os_named *v;
  size_t n, capacity;
};

struct os_named {
  hk_str name;
  struct os_info info;
};

void os_names_init(struct os_names *l);
void os_names_done(struct os_names *l);
/* Copies the name, cleaned where it is not valid UTF-8. "." and ".." are left out. */
hk_err os_names_add(struct os_names *l, hk_str name, const struct os_info *info);
void os_names_show(struct os_names *l, bool (*on)(void *ctx, hk_str name, const struct os_info *info), void *ctx);

#endif
