/* Where evidence comes from: a live PC through the API, a directory tree, an archive. Evidence paths are Windows paths
   whatever the machine: "C:\Users\利用者\x.txt", "C:\x.exe:Zone.Identifier". */
#ifndef HK_SOURCE_SOURCE_H
#define HK_SOURCE_SOURCE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/hktime.h"
#include "base/str.h"

struct hk_entry {
  hk_str path; /* evidence path; valid during the callback */
  uint64_t size_bytes;
  hk_time born_at, modified_at, accessed_at, changed_at;
  uint32_t attributes;  /* FILE_ATTRIBUTE_* */
  uint32_t reparse_tag;
  uint64_t file_id;
  uint32_t n_links;
  /* A sparse stream ($UsnJrnl:$J) is given from its first allocated byte on: this is where, in its own counting. 0 for
     ordinary files, and where only opening tells (hk_stream.next_data). size_bytes counts from 0 all the same. */
  uint64_t data_from;
  uint64_t held_bytes; /* of a sparse stream: what there is to read; 0 = not known, or not sparse */
  /* 0: as it is now. Else it lies in a shadow copy, 1 = the newest of those looked at (source/shadows.h); the path says which. */
  uint32_t shadow;
  bool unchanged; /* in a shadow copy: a newer file of the path has its record, size, times of writing and of change */
};

struct hk_source;

/* A shadow copy of one of a source's volumes. */
#define HK_SHADOW_ID_SIZE 39
struct hk_shadow {
  char letter;
  size_t n; /* of that volume, 0 = the oldest */
  char id[HK_SHADOW_ID_SIZE]; /* "{…}", as vssadmin names it */
  hk_time created_at;
  hk_err state; /* why it is not looked at; code 0 = it is, or can be */
};

/* One open artefact: sequential reading by the collector, random access by whoever examines it. */
struct hk_stream {
  struct hk_bytes bytes; /* size_bytes as the source said; a file may end earlier or later */
  hk_err (*read)(struct hk_stream *s, void *out, size_t n, size_t *got); /* *got 0 at the end */
  /* NULL: all of it is data. Else the first range of data that ends behind `from`: [*start, *end), start >= from, clipped to
     size_bytes. False: from there on there is nothing but a hole. What lies between ranges reads as zeroes. */
  bool (*next_data)(struct hk_stream *s, uint64_t from, uint64_t *start, uint64_t *end);
  /* How it is really read: "api", "raw", "api+raw" (went on raw where the API failed), "shadow". May change with a read; NULL = the
     source's method. */
  const char *method;
  const char *from; /* "shadow" of a path that lies in none: the device of the shadow copy; else NULL. The source's */
  void (*close)(struct hk_stream *s);
};

/* What find is asked for, all at once, so that the tree is walked once. What a glob may hold: source/globs.h. */
struct hk_globs {
  const hk_str *v;
  size_t n;
};

/* Which globs named a file: their numbers in hk_globs, ascending. */
struct hk_hits {
  const uint32_t *v;
  size_t n;
};

struct hk_finder {
  void *ctx;
  /* A file (never a directory) and which globs named it, at least one. False stops the search. */
  bool (*on_entry)(void *ctx, const struct hk_entry *e, const struct hk_hits *hits);
  /* A folder or file that could not be looked at; the rest goes on. An empty path: it concerns everything. */
  void (*on_error)(void *ctx, hk_str path, hk_err e);
  /* May be NULL. Asked now and then; true ends the search with HK_CANCELLED. */
  bool (*stop)(void);
};

struct hk_source_ops {
  const char *method; /* "api", "directory", "archive": goes into the manifest */
  bool complete;      /* every file of the PC can be found; a copy holds what somebody chose, so not finding proves nothing */
  /* Walks only where a glob can still match; never enters links, nor folders that live in the cloud; never opens a file.
     Order is not promised. A link in the place of a certain file is reported as an entry; open says HK_SKIPPED.
     A glob whose last component holds a ':' names alternate streams; the others never match a stream. */
  hk_err (*find)(struct hk_source *s, const struct hk_globs *globs, const struct hk_finder *finder);
  /* HK_ABSENT, HK_DENIED, HK_SKIPPED for a cloud placeholder (attributes 0x1000, 0x40000, 0x400000). */
  hk_err (*open)(struct hk_source *s, hk_str path, struct hk_stream **out);
  hk_err (*stat)(struct hk_source *s, hk_str path, struct hk_arena *a, struct hk_entry *out);
  /* Owner SID into the arena; "" when the source cannot say. */
  hk_err (*owner)(struct hk_source *s, hk_str path, struct hk_arena *a, hk_str *sid);
  void (*close)(struct hk_source *s);
  /* NULL: the source knows of none. Every shadow copy of its volumes, the oldest of each volume first; false stops. */
  hk_err (*shadows)(struct hk_source *s, bool (*on)(void *ctx, const struct hk_shadow *x), void *ctx);
  /* One of them as a source, whose paths begin with the volume's letter. It is closed before the source it came from. */
  hk_err (*open_shadow)(struct hk_source *s, const struct hk_shadow *x, struct hk_source **out);
};

/* Implementations embed this first. */
struct hk_source {
  const struct hk_source_ops *ops;
};

/* The volume of what the running Windows was asked and no file holds: "state:\processes.jsonl" (source/state.h). An archive
   and a directory hold it as files in a folder "state%3A" or "state:". */
#define HK_STATE_VOLUME "state:"

/* A directory that holds an evidence tree: "<root>/C/…" (KAPE), "<root>/C:/…", "<root>/fs/C:/…", "<root>/uploads/auto/C%3A/…"
   (names percent-decoded), or a tree with Windows or Users in its root, which is then C:. On POSIX look-ups are case
   folded, and a file named "x:stream" is the alternate stream of x. HK_ABSENT when the directory is not there, HK_USAGE when
   nothing in it looks like a volume. */
hk_err hk_source_open_dir(hk_str root, struct hk_source **out);
/* The running Windows through its API. HK_UNSUPPORTED elsewhere. */
hk_err hk_source_open_live(struct hk_source **out);

#endif
