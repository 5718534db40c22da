/* Lines of flat JSON back to values, mistrustfully: our own state files, read again out of an archive that anybody may have
   changed. One object a line; a member is null, true, false, a whole number that fits int64_t, a string, or a list of
   strings. Text must be well-formed UTF-8 and RFC 8259's grammar holds to the letter: no second member of a name, no lone
   surrogate, no control character, nothing behind the object. What is anything else is HK_DAMAGED (a fraction or a nested
   object HK_UNSUPPORTED) with its offset in the cursor's window; the caller may go on with the next line. */
#ifndef HK_BASE_JSON_READ_H
#define HK_BASE_JSON_READ_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/cur.h"
#include "base/err.h"
#include "base/str.h"

#define HK_JSON_MEMBERS 64u   /* most members of one object */
#define HK_JSON_LIST 4096u    /* most strings of one list */

enum hk_json_kind { HK_JSON_NULL, HK_JSON_BOOL, HK_JSON_INT, HK_JSON_STR, HK_JSON_LIST_OF_STR };

struct hk_json_member {
  hk_str key;
  enum hk_json_kind kind;
  int64_t number; /* INT; BOOL: 0 or 1 */
  hk_str text;
  const hk_str *list;
  size_t n_list;
};

struct hk_json_object {
  struct hk_json_member v[HK_JSON_MEMBERS];
  size_t n;
};

/* The next line without its newline (a last one need not have it) as a window; false at the end. */
bool hk_json_next_line(struct hk_cur *text, struct hk_cur *line);
/* One line. Strings lie in the line itself where nothing is escaped, else in the arena. */
hk_err hk_json_read(struct hk_cur *line, struct hk_arena *a, struct hk_json_object *out);
/* NULL when there is none of that name. */
const struct hk_json_member *hk_json_find(const struct hk_json_object *o, const char *key);

#endif
