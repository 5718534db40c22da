/* A small file as text: decoded, without markup, and once more in the form the rules read. */
#ifndef HK_MODULES_RANSOMNOTE_TEXT_H
#define HK_MODULES_RANSOMNOTE_TEXT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum note_markup { NOTE_PLAIN, NOTE_HTML, NOTE_RTF };

struct note_text {
  bool readable; /* false: the bytes are no text; the rest is empty */
  enum note_markup markup;
  hk_str whole;  /* UTF-8 with markup: addresses stand in links and scripts too */
  hk_str plain;  /* UTF-8 without markup, entities decoded */
  hk_str folded; /* plain in lower case, quotes gone, every run of blanks one space */
};

/* UTF-16 with or without mark, UTF-8, or bytes whose upper half is unknown (shown as U+FFFD). HTML and HTA by their
   first bytes, RTF too. HK_MEMORY only. */
hk_err note_text_read(struct hk_arena *a, const uint8_t *p, size_t n, struct note_text *out);

#endif
