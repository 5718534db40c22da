/* Settings that come with the program, inside it or beside it (config.h), taken as options. */
#ifndef HK_RUN_SETTINGS_H
#define HK_RUN_SETTINGS_H

#include "run/options.h"

/* Do settings count for this command line? Only for commands that a suspect PC sees; the others must work whatever lies around.
   *c is the command it begins with. */
bool hk_settings_apply(const hk_str *args, size_t n, enum hk_command *c);
/* Takes them all; what the command line says comes after. *any: there were some. On HK_USAGE `why` names file, line and reason. */
hk_err hk_settings_take(struct hk_arena *a, struct hk_options *o, bool *any, char why[256]);
/* Is the text of a file of settings good, whatever command reads it? On HK_USAGE `why` names the line and the nearest key. */
hk_err hk_settings_check(struct hk_arena *a, hk_str text, hk_str name, bool japanese, char why[256]);

#endif
