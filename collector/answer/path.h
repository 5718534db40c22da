/* Paths as entities: which volume, which folded path on it. Two spellings of one path get one key; a path whose volume
   is not resolved keeps that volume's own name as part of its key, so that it never joins with another by accident. */
#ifndef HK_ANSWER_PATH_H
#define HK_ANSWER_PATH_H

#include "base/arena.h"
#include "base/str.h"

/* Volumes as they appear in keys, all folded:
     c                           a drive letter
     volume{01d0…-9a3c11d0}      prefetch: creation time and serial
     volume{guid}                mount manager
     harddiskvolume3             device
     unc\server\share            network
     %systemroot%                a variable, unresolved; {guid} likewise, a known folder
     admin$                      an administrative share written as such
     ?                           relative
     name                        no path at all, only a name: weak for ever */
struct hk_path_key {
  hk_str key; /* vol ':' path; the path begins with '\' unless relative or a name */
  hk_str vol;
  hk_str path; /* the part behind the colon */
};

/* Never fails on content; key.p is NULL when there is no memory. An empty path gives an empty key. */
struct hk_path_key hk_path_key(struct hk_arena *a, hk_str path);
/* The key of a bare name. A name that holds separators is treated as a path. */
struct hk_path_key hk_path_name_key(struct hk_arena *a, hk_str name);

/* Length of the key of the folder that holds this one; 0 for a root, a name or a relative path without folder. */
size_t hk_path_parent(const struct hk_path_key *k);
/* Last component, and what follows its last dot ("" when there is none). */
hk_str hk_path_name(const struct hk_path_key *k);
hk_str hk_path_ext(hk_str name);

/* ---- classes: data in place.c, worked out once per path ---- */

/* Numbers are part of the database (table place). */
enum hk_place {
  HK_PLACE_NONE = 0,
  HK_PLACE_WEB_CACHE = 1,
  HK_PLACE_MAIL_TEMP = 2,    /* Outlook's secure folder and what other mail programs use */
  HK_PLACE_ARCHIVE_TEMP = 3, /* unpacked by Explorer, 7-Zip, WinRAR when a file in an archive is opened */
  HK_PLACE_TEMP = 4,
  HK_PLACE_DOWNLOADS = 5,
  HK_PLACE_STARTUP = 6,
  HK_PLACE_ADMIN_SHARE = 7,
  HK_PLACE_DOCUMENTS = 8,    /* user's documents and shares */
  HK_PLACE_ODD_DOCUMENT = 9, /* there, with an extension that is no known type */
  HK_PLACE_RECYCLE_BIN = 10,
  HK_PLACE_COUNT
};
/* Numbers are part of the database (table tool). */
enum hk_tool {
  HK_TOOL_NONE = 0,
  HK_TOOL_OFFICE = 1,
  HK_TOOL_SCRIPT_HOST = 2,
  HK_TOOL_MAIL = 3,
  HK_TOOL_BROWSER = 4,
  HK_TOOL_RECOVERY = 5, /* shadow copies, backup catalogue, boot configuration */
  HK_TOOL_ARCHIVE = 6,
  HK_TOOL_BACKUP = 7,
  HK_TOOL_SHELL = 8,
  HK_TOOL_COUNT
};
const char *hk_place_name(enum hk_place p);
const char *hk_tool_name(enum hk_tool t);
/* Class of what lies in a folder: `folder` is the path behind the colon, folded, without a last separator. */
enum hk_place hk_place_inside(hk_str vol, hk_str folder);
/* Class of a file in a folder of that class. */
enum hk_place hk_place_of(enum hk_place inside, hk_str ext);
enum hk_tool hk_tool_of(hk_str folded_name);

#endif
