/* Error values and their stable names. */
#include "base/err.h"

#include <stddef.h>
#include <string.h>

static const char *const code_names[HK_CODE_COUNT] = {
    [HK_OK] = "ok",           [HK_ABSENT] = "absent",           [HK_DENIED] = "denied",   [HK_DAMAGED] = "damaged",
    [HK_TRUNCATED] = "truncated", [HK_UNSUPPORTED] = "unsupported", [HK_SKIPPED] = "skipped", [HK_LIMIT] = "limit",
    [HK_MEMORY] = "memory",   [HK_IO] = "io",                   [HK_TIMEOUT] = "timeout", [HK_CRASHED] = "crashed",
    [HK_REFUSED] = "refused", [HK_USAGE] = "usage",             [HK_CANCELLED] = "cancelled",
};

hk_err hk_ok(void)
{
  return (hk_err){.code = HK_OK, .offset = HK_NO_OFFSET, .step = ""};
}

hk_err hk_fail(enum hk_code code, const char *step, int64_t offset)
{
  return (hk_err){.code = (int)code, .offset = offset, .step = step};
}

hk_err hk_fail_os(enum hk_code code, const char *step, int os)
{
  return (hk_err){.code = (int)code, .os = os, .offset = HK_NO_OFFSET, .step = step};
}

const char *hk_code_name(int code)
{
  if (code < 0 || code >= HK_CODE_COUNT) return "unknown";
  return code_names[code];
}

int hk_code_from_name(const char *name)
{
  for (int i = 0; i < HK_CODE_COUNT; i++)
    if (strcmp(code_names[i], name) == 0) return i;
  return -1;
}
