/* The modules that are built in, from modules.def. */
#ifndef HK_MODULES_H
#define HK_MODULES_H

#include "module.h"

extern const struct hk_module *const hk_modules[];
extern const size_t hk_modules_count;

/* NULL when there is none of that name. */
const struct hk_module *hk_module_by_name(hk_str name);

#endif
