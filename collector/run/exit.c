/* The table of exit codes. */
#include "run/exit.h"

const struct hk_exit_row hk_exit_table[] = {
    {.code = HK_EXIT_OK, .name = "ok", .meaning = {"完了。失われたものはない", "done; nothing was lost"}},
    {.code = HK_EXIT_PARTIAL,
     .name = "partial",
     .meaning = {"完了。一部の記録は拒否・破損・上限などで読めなかった（coverage に一覧）",
                 "done; some artefacts were denied, damaged, lost or beyond a limit (coverage says which)"}},
    {.code = HK_EXIT_USAGE, .name = "usage", .meaning = {"コマンドラインの誤り", "the command line is wrong"}},
    {.code = HK_EXIT_OUTPUT,
     .name = "output",
     .meaning = {"出力先に書けない、または空きがない（入っただけのものには封をした）",
                 "the output cannot be written, or was full: then what fitted is sealed"}},
    {.code = HK_EXIT_SOURCE, .name = "source", .meaning = {"調査対象を開けない", "the source cannot be opened"}},
    {.code = HK_EXIT_BROKEN,
     .name = "broken",
     .meaning = {"アーカイブが封をした時のものと一致しない", "the archive is not what was sealed"}},
    {.code = HK_EXIT_CANCELLED,
     .name = "cancelled",
     .meaning = {"中断された。それまでに終えたものは封をした", "interrupted; what was finished is sealed"}},
    {.code = HK_EXIT_INTERNAL,
     .name = "internal",
     .meaning = {"隔離プロセスを開始できない（途中からなら収集は完了）、またはメモリ不足",
                 "no sandbox could be started (in mid-run: all is collected, not all examined), or no memory"}},
};
const size_t hk_exit_count = sizeof hk_exit_table / sizeof hk_exit_table[0];
