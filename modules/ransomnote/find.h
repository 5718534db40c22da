/* What a note tells the reader to use: addresses, identifiers, extension. */
#ifndef HK_MODULES_RANSOMNOTE_FIND_H
#define HK_MODULES_RANSOMNOTE_FIND_H

#include "base/arena.h"
#include "record/record.h"

enum { NOTE_MAX_FOUND = 32 };

/* Each kind without repetition, in order of appearance, at most NOTE_MAX_FOUND. Strings point into the text. */
struct note_found {
  struct hk_strs onions;  /* without scheme and path: "….onion" */
  struct hk_strs bitcoin; /* checksum verified */
  struct hk_strs monero;  /* checksum verified */
  struct hk_strs emails;
  struct hk_strs tox; /* 76 hex digits */
  hk_str personal_id;
  hk_str extension;     /* of encrypted files, without the dot */
  const char *language; /* "en", "ja", … by its commonest words; "" = not known */
};

/* `whole` with markup, `plain` without, `folded` as the rules see it. false: no memory. */
bool note_find(struct hk_arena *a, hk_str whole, hk_str plain, hk_str folded, struct note_found *out);

#endif
