/* Shadow copies on the command line: --shadow N counts from 1, the oldest, as vshadowinfo does. */
#ifndef HK_RUN_SHADOWS_H
#define HK_RUN_SHADOWS_H

#include "run/options.h"
#include "source/ntfs/image.h"

struct hk_shadow_choice {
  bool list; /* only show which there are */
  bool all;
  size_t number; /* otherwise this one; 0 = the present, no shadow copy */
};
/* "", "list", "all" or a number. False: none of these. */
bool hk_shadow_choice_parse(hk_str s, struct hk_shadow_choice *out);

/* Prints the stores of every volume, as lines or JSONL; the exit code. */
int hk_run_list_shadows(const struct hk_options *o, const struct hk_ntfs_image *image);

#endif
