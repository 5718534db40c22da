/* Runs a module in this process: for tests and fuzz targets only, never on evidence of a case. What it emits goes through
   the same frames and the same judgement as from a child. */
#ifndef HK_EXAMINE_INPROCESS_H
#define HK_EXAMINE_INPROCESS_H

#include "examine/examine.h"

/* Parses one artefact. The return value is HK_MEMORY or HK_OK; what happened to the item is in *out, HK_REFUSED there when the
   module sent what it did not declare. sink may be NULL. */
hk_err hk_parse_here(const struct hk_module *m, const struct hk_file_info *info, struct hk_bytes *bytes,
                     const struct hk_sink *sink, struct hk_outcome *out);

#endif
