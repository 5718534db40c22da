/* Why a rule was not accepted, with its file. */
#include <stdarg.h>
#include <stdio.h>

#include "answer/rule.h"

hk_err hk_rule_refuse(char why[512], const char *file, const char *format, ...)
{
  va_list args;
  const int n = snprintf(why, 512, "%s: ", file);
  va_start(args, format);
  if (n > 0 && n < 512) vsnprintf(why + n, 512 - (size_t)n, format, args);
  va_end(args);
  return hk_fail(HK_REFUSED, "load a rule", HK_NO_OFFSET);
}
