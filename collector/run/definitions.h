/* What a run collects besides what modules want: the built-in definitions, those of --artefacts, and the profile. */
#ifndef HK_RUN_DEFINITIONS_H
#define HK_RUN_DEFINITIONS_H

#include "acquire/define/define.h"
#include "run/options.h"

/* Loads what the options ask for and switches off what the profile leaves out. What was refused, missing or unsupported is said on the
   console (notes are not). HK_USAGE, said as well: no such profile, or nothing could be read from a path that was named. */
hk_err hk_run_load_definitions(const struct hk_options *o, struct hk_defines *d, const struct hk_profile **profile);

#endif
