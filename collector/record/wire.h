/* The wire form of a record between the sandboxed examiner and the broker: fields in declared order, little-endian.
     STR    u32 length (0xFFFFFFFF = NULL), bytes        INT OPT TIME  i64        BOOL u8 (0 or 1)      HEX32 u32
     STRS   u32 count, then each as STR                  TIMES u32 count, then i64 each
     PAIRS  u32 count, then name and value as STR each
   The reader trusts nothing: lengths against what is left, UTF-8, booleans, times in range, no byte left over. */
#ifndef HK_RECORD_WIRE_H
#define HK_RECORD_WIRE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/cur.h"
#include "base/err.h"
#include "record/record.h"

/* Appends the record. Strings that are not valid UTF-8 are cleaned on the way (scratch holds the copies). */
void hk_wire_put(struct hk_buf *out, const struct hk_record_type *t, const void *record, struct hk_arena *scratch);
/* Fills the caller's zeroed struct (t->struct_size bytes) from exactly the bytes of the cursor; strings point into it,
   lists are allocated in the arena. HK_REFUSED with the step and the offset in the frame when anything is off. */
hk_err hk_wire_get(struct hk_cur *in, const struct hk_record_type *t, void *record, struct hk_arena *arena);

#endif
