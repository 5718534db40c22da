#include "os/confine_common.h"

#include <stdlib.h>
#include <string.h>

size_t os_memory_ceiling;

#define MOST_MEASURES 32
static const char *measures[MOST_MEASURES];
static size_t n_measures;

void os_measure_add(const char *name)
{
  if (n_measures < MOST_MEASURES) measures[n_measures++] = name;
}

hk_str os_confine_measures(struct hk_arena *a)
{
  hk_str all = HK_S("");
  for (size_t i = 0; i < n_measures; i++)
    all = hk_str_printf(a, "%.*s%s%s", (int)all.n, all.p, i ? "," : "", measures[i]);
  return all;
}

hk_str os_limits_text(struct hk_arena *a, const struct os_child_limits *limits)
{
  return hk_str_printf(a, OS_LIMITS_VARIABLE "=%zu %u", limits->memory_bytes, limits->cpu_s);
}

void os_limits_parse(const char *text, struct os_child_limits *out)
{
  *out = (struct os_child_limits){.memory_bytes = 0};
  if (text == NULL) return;
  char *end = NULL;
  out->memory_bytes = (size_t)strtoull(text, &end, 10);
  if (*end == ' ') out->cpu_s = (unsigned)strtoul(end + 1, NULL, 10);
}

const char *os_probe_name(enum os_probe p)
{
  static const char *const names[OS_PROBE_COUNT] = {
      [OS_PROBE_OPEN_FILE] = "open-file",
      [OS_PROBE_WRITE_FILE] = "write-file",
      [OS_PROBE_CONNECT] = "connect",
      [OS_PROBE_SPAWN] = "spawn",
      [OS_PROBE_MEMORY] = "memory",
  };
  return (unsigned)p < OS_PROBE_COUNT ? names[p] : "unknown";
}

#ifndef __has_feature
#define __has_feature(x) 0
#endif

bool os_is_sanitized(void)
{
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
  return true;
#else
  return false;
#endif
}

bool os_probe_refused(enum os_probe p)
{
  switch (p) {
  case OS_PROBE_OPEN_FILE:
    return os_open_refused();
  case OS_PROBE_WRITE_FILE:
    return os_write_refused();
  case OS_PROBE_CONNECT:
    return os_connect_refused();
  case OS_PROBE_SPAWN:
    return os_spawn_refused();
  case OS_PROBE_MEMORY:
    return os_memory_refused();
  case OS_PROBE_COUNT:
    break;
  }
  return false;
}
