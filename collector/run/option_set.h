/* What the command line and a file of settings have in common: a value is put in its place, or the user is told why not. */
#ifndef HK_RUN_OPTION_SET_H
#define HK_RUN_OPTION_SET_H

#include "run/option_table.h"

/* "what: given (did you mean nearest?)" in the user's language; nearest may be NULL. Always HK_USAGE. */
hk_err hk_option_complain(char why[256], const struct hk_options *o, struct hk_text what, hk_str given, const char *nearest);
/* Puts a value where the row says, once it is known to be one; "" for a flag. */
hk_err hk_option_set(struct hk_options *o, const struct hk_option_row *row, hk_str value, char why[256]);

#endif
