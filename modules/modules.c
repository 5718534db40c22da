/* The table of modules. Each module <name> defines `const struct hk_module <name>_module`. */
#include "modules.h"

#define HK_MODULE(name) extern const struct hk_module name##_module;
#include "modules.def"
#undef HK_MODULE

const struct hk_module *const hk_modules[] = {
#define HK_MODULE(name) &name##_module,
#include "modules.def"
#undef HK_MODULE
};
const size_t hk_modules_count = sizeof hk_modules / sizeof hk_modules[0];

const struct hk_module *hk_module_by_name(hk_str name)
{
  for (size_t i = 0; i < hk_modules_count; i++)
    if (hk_str_eq(hk_str_of(hk_modules[i]->name), name)) return hk_modules[i];
  return NULL;
}
