/* A live PC: every file is read the first way that works. The API comes first, because it sees what is not yet on the disk and reads
   what Windows keeps elsewhere (deduplicated, encrypted, on FAT); what it refuses, hides or cannot name is read raw from the volume.
   hk_stream.method says which it was. */
#ifndef HK_SOURCE_CHAIN_H
#define HK_SOURCE_CHAIN_H

#include "source/source.h"

struct hk_chain_ways {
  void *ctx;
  /* The NTFS volume of that letter, past its file system; asked for once a volume, when it is first needed. HK_ABSENT: no NTFS there,
     then the API is all there is; other errors: it is, and cannot be read so. */
  hk_err (*open_raw)(void *ctx, char letter, struct hk_source **out);
};

/* Takes `api` over, also on failure. `letters` are its volumes, "CDE". May be used from two threads, but for find.
   find: what either way lists, each path once; a folder the API could not list is reported only where raw could not, either. A volume
   that refuses raw reading is reported as an error at X:\$MFT, X:\$Extend and X:\:$I30: its metadata files are denied, not absent.
   open: metadata files ($MFT …) and names that differ in case only are read raw; else API, then raw. A cloud placeholder or a link is
   HK_SKIPPED whichever way it was met, and no other is tried. An error is the API's, unless only raw could know. */
hk_err hk_source_open_chain(struct hk_source *api, hk_str letters, const struct hk_chain_ways *ways, struct hk_source **out);

/* "C:\$MFT", "C:\$Extend\$UsnJrnl:$J", "C:\Dir:$I30" …: the files of NTFS itself, which have no name in the API. */
bool hk_is_metadata(hk_str path);

#endif
