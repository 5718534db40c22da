/* Shared by the two platforms' files of confinement. */
#ifndef HK_OS_CONFINE_COMMON_H
#define HK_OS_CONFINE_COMMON_H

#include "os/confine.h"

/* The parent's limits for the child, in its environment: "HIKESHI_CHILD_LIMITS=<bytes> <seconds>". */
#define OS_LIMITS_VARIABLE "HIKESHI_CHILD_LIMITS"
hk_str os_limits_text(struct hk_arena *a, const struct os_child_limits *limits);
void os_limits_parse(const char *text, struct os_child_limits *out);

/* The list of measures, "seccomp,rlimits". Names are constants. */
void os_measure_add(const char *name);
/* The ceiling that was set, for the memory probe; 0 = none. */
extern size_t os_memory_ceiling;

/* Each tries one thing that must be refused (enum os_probe); one set a platform. */
bool os_open_refused(void);
bool os_write_refused(void);
bool os_connect_refused(void);
bool os_spawn_refused(void);
bool os_memory_refused(void);

/* AddressSanitizer reserves terabytes of addresses and looks at itself when it ends; a build with it gets other limits. */
bool os_is_sanitized(void);

#endif
