/* Every command and every option, a row each. A new option is a row here and a member of struct hk_options. */
#ifndef HK_RUN_OPTION_TABLE_H
#define HK_RUN_OPTION_TABLE_H

#include "run/options.h"

#define HK_ON(command) (UINT32_C(1) << (command)) /* for hk_option_row.on */
#define HK_EXAMINING (HK_ON(HK_CMD_COLLECT) | HK_ON(HK_CMD_ANALYZE))

struct hk_command_row {
  const char *name;
  const char *operands; /* as help shows them */
  size_t least, most;   /* how many of them */
  struct hk_text what;
};
extern const struct hk_command_row hk_commands[HK_CMD_COUNT];

/* What an option holds, and so what stands at its offset. */
enum hk_option_value {
  HK_OPTION_MANY,     /* the definitions: may be given more than once */
  HK_OPTION_FLAG,     /* bool */
  HK_OPTION_TEXT,     /* hk_str */
  HK_OPTION_LIST,     /* struct hk_option_list: may be given again */
  HK_OPTION_LANGUAGE, /* bool: Japanese */
  HK_OPTION_SIZE,     /* uint64_t, bytes */
  HK_OPTION_NUMBER,   /* uint64_t, from 1 to most */
  HK_OPTION_MODULES,  /* uint32_t: the modules that are not in the list */
  HK_OPTION_NOT_ONE,  /* --no-NAME: known by its beginning, stands here for help alone */
};

struct hk_option_row {
  const char *name;
  const char *value_name; /* NULL = flag */
  enum hk_option_value value;
  size_t offset; /* in struct hk_options */
  uint32_t on;   /* HK_ON of each command that has it; two commands may have different ones of a name */
  bool must;     /* the value may not be empty */
  uint64_t most; /* of a NUMBER */
  struct hk_text what;
};
extern const struct hk_option_row hk_option_rows[];
extern const size_t hk_option_rows_n;

/* By name, with its dashes. NULL: the command has none. */
const struct hk_option_row *hk_option_find(hk_str name, enum hk_command c);
/* By name without dashes: the command's own, else one of another command. NULL: no command has it. */
const struct hk_option_row *hk_option_find_key(hk_str key, enum hk_command c);

/* For "did you mean": the name that differs least, NULL when none is near. */
const char *hk_command_nearest(hk_str given);
const char *hk_option_nearest(hk_str given, enum hk_command c);
const char *hk_option_nearest_key(hk_str given);

#endif
