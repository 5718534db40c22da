/* A confined child of our own executable that has two pipes and nothing else.
   Windows: restricted token, low integrity, job object (memory, one process, UI limits, kill on close), mitigation
   policies where the system has them, only the two pipe handles inherited. Linux: rlimits, no-new-privileges, seccomp
   allow-list, no capabilities, an unprivileged user when started by root, Landlock where the kernel has it; own process
   group.

   Confinement is a ladder: os_child_start tries the strongest set first and goes down until the child starts; the child
   then probes from inside what is really refused (os_probe_refused) and reports. Nothing runs unconfined in silence.

   The child must call os_confine_self and then write to its standard output before it waits for input: on Windows its
   first byte is how a rung of the ladder is known to hold. */
#ifndef HK_OS_CONFINE_H
#define HK_OS_CONFINE_H

#include "base/err.h"
#include "os/os.h"

struct os_child;

struct os_child_limits {
  size_t memory_bytes; /* address space or job memory */
  unsigned cpu_s;      /* of the whole child, 0 = none */
};

/* Starts `exe argument` confined, with pipes as its standard input and output. HK_ABSENT/HK_DENIED/HK_IO when not even the
   weakest rung starts. On Linux the child dies with the thread that started it, and SIGPIPE is ignored from then on. */
hk_err os_child_start(hk_str exe, hk_str argument, const struct os_child_limits *limits, struct os_child **out);
/* Reads what is there, at least one byte and at most n, before the deadline (os_monotonic_ms value): *got. HK_TIMEOUT,
   HK_CRASHED (end of pipe or death), HK_IO. */
hk_err os_child_read_some(struct os_child *c, void *out, size_t n, size_t *got, uint64_t deadline_ms);
/* HK_TIMEOUT, HK_CRASHED, HK_IO. */
hk_err os_child_write(struct os_child *c, const void *p, size_t n, uint64_t deadline_ms);
/* Kills it if need be, collects it and frees everything. *status (may be NULL) says in English how it ended:
   "exit 0", "signal 11", "exception 0xC0000005", "killed". The text is constant or lives in `a`. */
void os_child_end(struct os_child *c, struct hk_arena *a, hk_str *status);
/* Private memory it has now, 0 when the system does not say. */
size_t os_child_memory(const struct os_child *c);

/* In the child, before any evidence is seen: gives up what is left to give up. NULL: the limits its parent gave it. What
   cannot be given up here is no error; os_confine_measures says what was. */
hk_err os_confine_self(const struct os_child_limits *limits);

/* What the child finds when it tries what must be refused. */
enum os_probe {
  OS_PROBE_OPEN_FILE,    /* open a file of the system for reading */
  OS_PROBE_WRITE_FILE,   /* create a file in the temporary folder */
  OS_PROBE_CONNECT,      /* make a socket and connect to loopback */
  OS_PROBE_SPAWN,        /* start a process */
  OS_PROBE_MEMORY,       /* exceed the memory ceiling */
  OS_PROBE_COUNT
};
const char *os_probe_name(enum os_probe p); /* "open-file" … */
/* True when the attempt was refused. Called in the child only. */
bool os_probe_refused(enum os_probe p);
/* The measures in force as the child knows them, comma separated ("seccomp,rlimits,landlock"). */
hk_str os_confine_measures(struct hk_arena *a);

#endif
