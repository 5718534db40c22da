/* hikeshi ls --slack. */
#ifndef HK_RUN_LS_SLACK_H
#define HK_RUN_LS_SLACK_H

#include "ntfs/list.h"
#include "run/options.h"
#include "source/ntfs/image.h"

/* Gives the names that are left only in the directory indexes of a volume, and says on the console what was lost. Returns the exit code.
   Of a copied $MFT, which has no indexes, it says so. */
int hk_ls_slack(const struct hk_options *o, const struct hk_ntfs_image *image, struct hk_ntfs_mounted *m,
                bool (*on)(void *ctx, const struct hk_ntfs_item *item), void *ctx);

#endif
