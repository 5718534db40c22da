/* Values of options that are more than text: sizes, numbers in a range, lists of modules. Pure. */
#ifndef HK_RUN_OPTION_VALUE_H
#define HK_RUN_OPTION_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* "500M", "2G", "1000000": bytes, with K, M, G or T for powers of 1024. False for anything else, 0 and what is too large. */
bool hk_option_size(hk_str text, uint64_t *bytes);
/* Decimal digits only, within the range. */
bool hk_option_number(hk_str text, uint64_t least, uint64_t most, uint64_t *out);
/* A module by name; "yara" is the module that runs the YARA rules. Bit of hk_modules, 0 for an unknown name. */
uint32_t hk_option_module(hk_str name);
/* "prefetch,eventlog": every module that is not named. On false `unknown` is the name that no module has. */
bool hk_option_all_but(hk_str list, uint32_t *off, hk_str *unknown);

#endif
