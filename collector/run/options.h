/* The command line. Commands and options are rows of two tables (option_table.h); help and checks come from them. */
#ifndef HK_RUN_OPTIONS_H
#define HK_RUN_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum hk_command {
  HK_CMD_COLLECT,
  HK_CMD_ANALYZE,
  HK_CMD_PARSE,
  HK_CMD_VERIFY,
  HK_CMD_LIST,
  HK_CMD_LS,
  HK_CMD_CAT,
  HK_CMD_UNPACK,
  HK_CMD_SELFTEST,
  HK_CMD_EMBED,
  HK_CMD_KEYGEN,
  HK_CMD_VERSION,
  HK_CMD_HELP,
  HK_CMD_COUNT
};

#define HK_ARTEFACTS_MOST 256

/* An option that may be given several times. */
#define HK_OPTION_MOST 64
struct hk_option_list {
  size_t n;
  hk_str v[HK_OPTION_MOST];
};

struct hk_options {
  enum hk_command command;
  hk_str *operands;
  size_t n_operands;
  hk_str command_line; /* as given, for the custody part */
  hk_str out;          /* "" = default */
  hk_str source;       /* "" = this PC */
  hk_str recover;      /* "" = no */
  hk_str *artefacts;   /* files and folders of definitions, at most HK_ARTEFACTS_MOST */
  size_t n_artefacts;
  hk_str profile;      /* "" = standard */
  hk_str only;         /* unpack: a glob, "" = everything */
  hk_str shadow;       /* collect: none, latest, all, "" = latest; ls: N, all or list; cat: N; "" = the present */
  hk_str case_id, operator_name, reason;
  struct hk_option_list recipients; /* who can open the archive: age1… */
  hk_str recipients_file;
  struct hk_option_list identities; /* files of keys that open one */
  hk_str passphrase_file;
  hk_str sign_key;     /* file; "" = not signed */
  hk_str public_key;   /* verify: file, or the key itself */
  bool passphrase;     /* encrypt with one, which is asked for */
  bool sign;           /* keygen: a pair for signatures */
  hk_str since;        /* ISO 8601, "" = 30 days before until */
  hk_str until;        /* ISO 8601, "" = now */
  uint64_t max_total_bytes;    /* of evidence, 0 = no limit */
  uint64_t time_limit_minutes; /* 0 = none */
  uint64_t cpu_percent;        /* 0 = no ceiling */
  bool background;
  uint32_t modules_off;        /* bit i: hk_modules[i] examines nothing */
  bool japanese;
  bool quiet;
  bool dry_run;
  bool no_state;       /* collect: Windows is not asked what runs */
  bool bodyfile, jsonl, deleted, slack; /* ls */
  bool help;
  bool double_clicked; /* no arguments and a console of its own */
  hk_str ntp;          /* "" = no server is asked */
  hk_str config;       /* embed: the file of settings */
  hk_str settings;     /* what was taken from where besides the command line, for the log; "" = nothing */
};

/* Parses; on HK_USAGE `why` holds the complaint in the user's language, with the nearest option where there is one. */
hk_err hk_options_parse(struct hk_arena *a, const hk_str *args, size_t n, struct hk_options *out, char why[256]);
/* Help for one command, or the overview for HK_CMD_HELP. */
void hk_options_help(enum hk_command c, bool japanese);

#endif
