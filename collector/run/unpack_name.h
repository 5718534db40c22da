/* Where a file of an archive goes in the unpacked tree: a folder for the volume and the true path below it, as KAPE
   leaves it ("C:\Users\x" to C/Users/x). What comes out can never leave the folder it is joined to. Names that the system
   cannot hold are written with %XX for the bytes in the way (and for '%'), so that decoding gives the name back; over-long
   ones keep their beginning and extension around a digest. The log of the unpacking has the true name beside. */
#ifndef HK_RUN_UNPACK_NAME_H
#define HK_RUN_UNPACK_NAME_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct hk_unpack_place {
  const hk_str *folders; /* outermost first */
  size_t n_folders;
  hk_str file;   /* where Windows rules hold and this is a stream: the name it has when no stream can be written */
  hk_str base;   /* of a stream under Windows rules: the file it belongs to; else empty */
  hk_str stream; /* its name without ':' */
  bool changed;  /* some name is not the evidence's own */
};

/* HK_REFUSED: the name is absolute, climbs or names nothing. `windows`: the rules of that system's names, else POSIX's. */
hk_err hk_unpack_place(struct hk_arena *a, hk_str path, bool windows, struct hk_unpack_place *out);
/* The evidence path an entry's name stands for, ours or another collector's ("uploads/auto/C%3A/x", "C/x", "fs/C:/x");
   when it is none, the name as it is. */
hk_str hk_unpack_entry_path(struct hk_arena *a, hk_str name);
/* "a.txt" to "a~2.txt". */
hk_str hk_unpack_numbered(struct hk_arena *a, hk_str name, unsigned number);

#endif
