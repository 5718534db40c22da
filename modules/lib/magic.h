/* What a file is by its first bytes, and what its name pretends. */
#ifndef HK_MODULES_LIB_MAGIC_H
#define HK_MODULES_LIB_MAGIC_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/cur.h"
#include "base/err.h"
#include "base/str.h"

enum magic_type {
  MAGIC_UNKNOWN,
  MAGIC_EMPTY,
  MAGIC_PROGRAM, /* MZ and a header no text could be */
  MAGIC_ELF,
  MAGIC_OLE,       /* compound file: Office 97-2003, MSI, MSG */
  MAGIC_OLE_MACRO, /* with a VBA project's name in its directory */
  MAGIC_MSI,
  MAGIC_ZIP,
  MAGIC_OOXML,       /* Office 2007 and later */
  MAGIC_OOXML_MACRO, /* with vbaProject.bin */
  MAGIC_JAR,
  MAGIC_PDF,
  MAGIC_RTF,
  MAGIC_LNK,
  MAGIC_SCRIPT, /* by name and text: js, vbs, wsf, ps1, bat, cmd, hta */
  MAGIC_HTML,
  MAGIC_RAR,
  MAGIC_7Z,
  MAGIC_CAB,
  MAGIC_GZIP,
  MAGIC_ISO,
  MAGIC_VHD,
  MAGIC_ONENOTE,
  MAGIC_CHM,
  MAGIC_IMAGE,
  MAGIC_EML,
  MAGIC_TEXT,
  MAGIC_COUNT
};

/* Looks at up to the whole window; the path decides only between script and text. */
enum magic_type magic_of(const struct hk_cur *c, hk_str path);
/* The same for a file of any size: of a large one its first MiB and its last 256 KiB are read. */
hk_err magic_read(struct hk_arena *a, struct hk_bytes *bytes, hk_str path, enum magic_type *out);
/* Stable English name: "program", "office-macro". */
const char *magic_name(enum magic_type t);
/* Runs when it is opened, or opens something that runs. */
bool magic_is_active(enum magic_type t);

struct magic_name_tricks {
  bool double_extension; /* "invoice.pdf.exe": a document's extension before one that runs */
  bool reversed;         /* right-to-left override or its relatives */
  bool padded;           /* run of blanks before the extension */
  bool runs;             /* the last extension runs when opened */
};
/* Of the path's last component. */
struct magic_name_tricks magic_tricks(hk_str path);
/* The path's last component, without a stream's name. */
hk_str magic_base_name(hk_str path);

#endif
