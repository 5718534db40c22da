/* Which files of a whole volume are worth a record: programs, scripts and what carries them, where users and programs without
   rights can write; notes; documents that were given one more extension. For modules that see every file there is. */
#ifndef HK_MODULES_LIB_INTEREST_H
#define HK_MODULES_LIB_INTEREST_H

#include "base/str.h"

/* Where a file lies, as far as it matters who could put it there. */
enum interest_place {
  INTEREST_UNKNOWN,  /* the folder is not known */
  INTEREST_SYSTEM,   /* Windows, Program Files */
  INTEREST_OTHER,    /* documents, shares, data volumes: programs there are someone's own, notes are not */
  INTEREST_PROFILE,  /* below AppData: programs live here, too */
  INTEREST_CACHE,    /* a web cache: pages bring scripts by the thousand */
  INTEREST_DROP,     /* Downloads, Desktop, Temp, Startup, Public, ProgramData, the recycle bin, a volume's root */
};

/* Path with or without a drive letter; either separator. */
enum interest_place interest_place_of(hk_str path);

/* Why a file with this name in such a place is worth a record: "program", "script", "container", "link", "temporary", "note";
   NULL when it is not. Stable English. */
const char *interest_of(hk_str name, enum interest_place place);
/* True for what runs when it is opened, wherever it lies. */
bool interest_runs(hk_str name);

/* The extension that a document's name carries on top of its own ("plan.xlsx.lockd" gives "lockd", "a.doc.id-1.[m].xyz" gives
   "xyz"); empty when it has none, or one that honest programs add (bak, lnk, gz …). */
hk_str interest_added_extension(hk_str name);
/* Of a rename: the extension the new name ends with, when a document lost its own for one that is no known type; else empty. */
hk_str interest_new_extension(hk_str old_name, hk_str new_name);

#endif
