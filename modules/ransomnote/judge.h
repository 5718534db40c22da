/* Is this text a ransom note, and whose? */
#ifndef HK_MODULES_RANSOMNOTE_JUDGE_H
#define HK_MODULES_RANSOMNOTE_JUDGE_H

#include "base/arena.h"
#include "base/err.h"
#include "record/record.h"

enum note_group {
  NOTE_HARM, /* what was done to the reader */
  NOTE_KEY,  /* what only the writer can give */
  NOTE_PAY,
  NOTE_CONTACT,
  NOTE_HIDDEN, /* a contact made to leave no trace: onion address, Tox */
  NOTE_THREAT,
  NOTE_CAUTION, /* what the reader must not do */
  NOTE_PROOF,   /* free sample, guarantees */
  NOTE_GROUPS
};

struct note_verdict {
  int weight[NOTE_GROUPS]; /* each at most NOTE_GROUP_MOST */
  int score;               /* their sum */
  int n_groups;            /* groups with a sign */
  bool is_note;            /* by its content alone */
  bool by_family;          /* only because a family's rule said so: the signs would not have been enough */
  bool nearly;             /* enough beside a telling file name, not alone */
  const char *family;      /* "" = unknown */
  struct hk_strs rules;    /* that matched, in the order of the rule files; the strings are the rules' own */
};
enum { NOTE_GROUP_MOST = 4 };

/* folded: as note_text_read prepares it. */
hk_err note_judge(struct hk_arena *a, hk_str folded, struct note_verdict *out);

#endif
