/* Names left only in directory indexes, as part of a listing. */
#include "run/ls_slack.h"

#include "ntfs/slack.h"
#include "run/commands.h"
#include "run/console.h"
#include "run/exit.h"

int hk_ls_slack(const struct hk_options *o, const struct hk_ntfs_image *image, struct hk_ntfs_mounted *m,
                bool (*on)(void *ctx, const struct hk_ntfs_item *item), void *ctx)
{
  struct hk_ntfs_slack_counts c;
  hk_err e = hk_fail(HK_UNSUPPORTED, "read directory indexes: they are not in a copied $MFT", HK_NO_OFFSET);
  if (image->lone == NULL) e = hk_ntfs_slack_run(&m->mft, hk_ntfs_list_tree(m->list), o->deleted, on, ctx, &c);
  if (e.code != HK_OK) return hk_run_fail(o, e, o->operands[0], HK_EXIT_PARTIAL);
  const bool lost = c.n_unreadable > 0 || c.limited;
  if (!o->quiet && (c.n_damaged > 0 || lost))
    hk_console_error(o->japanese ? "hikeshi ls: フォルダーの索引 %llu のうち、壊れた箇所 %llu、読めない索引 %llu%s"
                                 : "hikeshi ls: of %llu directory indexes: %llu damaged parts, %llu indexes that cannot be read%s",
                     (unsigned long long)c.n_directories, (unsigned long long)c.n_damaged, (unsigned long long)c.n_unreadable, c.limited ? " (!)" : "");
  return lost ? HK_EXIT_PARTIAL : HK_EXIT_OK;
}
