/* hikeshi help, and --help of each command. */
#include <stdio.h>

#include "run/console.h"
#include "run/option_table.h"

static void print_options(enum hk_command c, bool japanese)
{
  hk_console_line(japanese ? "オプション:" : "Options:");
  for (size_t i = 0; i < hk_option_rows_n; i++) {
    if ((hk_option_rows[i].on & HK_ON(c)) == 0) continue;
    char head[64];
    (void)snprintf(head, sizeof head, "%s%s%s", hk_option_rows[i].name, hk_option_rows[i].value_name == NULL ? "" : " ",
                   hk_option_rows[i].value_name == NULL ? "" : hk_option_rows[i].value_name);
    hk_console_line("  %-28s %s", head, hk_text_in(hk_option_rows[i].what, japanese));
  }
}

void hk_options_help(enum hk_command c, bool japanese)
{
  if (c != HK_CMD_HELP) {
    hk_console_line("hikeshi %s%s%s", hk_commands[c].name, hk_commands[c].operands[0] == 0 ? "" : " ", hk_commands[c].operands);
    hk_console_line("  %s", hk_text_in(hk_commands[c].what, japanese));
    print_options(c, japanese);
    return;
  }
  hk_console_line("hikeshi (火消し) %s", HK_VERSION);
  hk_console_line("%s", japanese ? "疑わしい Windows 端末の証拠を集め、調べ、答えます。"
                                 : "Collects the evidence of a suspect Windows PC, examines it and answers.");
  hk_console_line("%s", "");
  for (size_t i = 0; i < HK_CMD_COUNT; i++) {
    hk_console_line("  hikeshi %s%s%s", hk_commands[i].name, hk_commands[i].operands[0] == 0 ? "" : " ", hk_commands[i].operands);
    hk_console_line("      %s", hk_text_in(hk_commands[i].what, japanese));
  }
  hk_console_line("%s", "");
  hk_console_line("%s", japanese ? "各コマンドの説明: hikeshi COMMAND --help    終了コード: hikeshi list exit-codes"
                                 : "More: hikeshi COMMAND --help    exit codes: hikeshi list exit-codes");
}
