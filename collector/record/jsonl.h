/* A record as one line of JSON: {"record":"prefetch","file":"C:\\…","executable_name":…}. Field names are the declared
   ones, times ISO 8601 UTC with 7 decimals. */
#ifndef HK_RECORD_JSONL_H
#define HK_RECORD_JSONL_H

#include "base/buf.h"
#include "base/json.h"
#include "record/record.h"

/* Appends the line with its newline. `file` is the artefact's path. */
void hk_jsonl_put(struct hk_buf *out, const struct hk_record_type *t, const void *record, hk_str file);
/* Writes only the field's value. */
void hk_json_field(struct hk_json *j, const struct hk_field *f, const void *record);

#endif
