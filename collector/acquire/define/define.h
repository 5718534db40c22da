/* Definitions: what to collect, as data. Two forms are read, ForensicArtifacts YAML and KAPE targets (.tkape), each into the same
   rows: a name, the globs that are meant, limits, and where it stands written. What cannot be taken is never left out in
   silence: a remark names file, line and reason. README.md says what of either form is read, and how. */
#ifndef HK_ACQUIRE_DEFINE_DEFINE_H
#define HK_ACQUIRE_DEFINE_DEFINE_H

#include "module.h"

struct hk_regex;

enum hk_remark_kind {
  HK_REMARK_REFUSED,     /* not taken: it breaks its format, or asks for what is not known */
  HK_REMARK_UNSUPPORTED, /* a source that is not run (COMMAND, WMI) or has no file (a volatile registry key) */
  HK_REMARK_MISSING,     /* names a target or an artefact that is nowhere */
  HK_REMARK_NOTE,        /* taken, but not as somebody may expect (a registry key: its hive is collected) */
  HK_REMARK_KINDS
};
const char *hk_remark_name(enum hk_remark_kind k);

struct hk_remark {
  enum hk_remark_kind kind;
  hk_str file;
  unsigned line; /* 0 = the file as a whole */
  hk_str text;   /* English, one line */
};

struct hk_define {
  struct hk_artefact artefact; /* name and first glob; collect_only; limits and rank */
  hk_str name;                 /* "WindowsPrefetchFiles", "Prefetch/Prefetch" (target file and row) */
  hk_str title;                /* one line of its own description; "" */
  hk_str file;
  unsigned line;
  const hk_str *globs;         /* none: a group, or for other systems only, or nothing in it can be collected */
  size_t n_globs;
  const hk_str *members;       /* of a group: names of definitions, or of target files */
  size_t n_members;
  const unsigned *member_lines;
  bool other_system;           /* for Linux, macOS … only: read, never collected */
  bool is_target;              /* KAPE's */
  uint64_t least_bytes, most_bytes; /* files of other sizes are not meant; 0 = no such bound */
  const struct hk_regex *mask; /* the file name must fit; NULL */
  /* Our own attributes, from a file beside the definitions (README.md); else defaults. */
  hk_str set;      /* profiles name sets: "filesystem", "browser"; "" */
  bool essential;  /* its absence is said */
  bool built_in;
  bool switched_off; /* by the profile */
};

/* How much is collected: some sets of definitions, without some definitions. */
struct hk_profile {
  hk_str name;
  hk_str ja, en; /* one line each */
  const hk_str *sets;    /* of the built-in definitions; "*" = every one */
  size_t n_sets;
  const hk_str *without; /* globs on names of definitions, the modules' among them */
  size_t n_without;
  uint64_t max_bytes;    /* for a file whose definition says nothing; 0 = 1 GiB */
  hk_str file;
  unsigned line;
};

struct hk_defines {
  struct hk_arena arena;
  struct hk_define **v;
  size_t n, capacity;
  struct hk_remark *remarks;
  size_t n_remarks, remark_capacity;
  size_t n_refused; /* remarks that are refusals */
  size_t n_files;
  struct hk_profile *profiles;
  size_t n_profiles;
};

void hk_defines_init(struct hk_defines *d);
void hk_defines_done(struct hk_defines *d);

/* One file's bytes; `file` is its name for remarks. The form follows from the name's end: ".tkape", "….hikeshi.yaml" (attributes of
   definitions that are there already), "profiles.yaml", else ForensicArtifacts YAML. What is wrong in the file becomes remarks; an
   error is ours (no memory). */
hk_err hk_defines_add(struct hk_defines *d, hk_str file, hk_str bytes);
/* The definitions and profiles inside the program. */
hk_err hk_defines_add_built_in(struct hk_defines *d);
/* A file or a folder of the system with all below it. A target file brings the targets that it names, where they lie beside it or in
   the folders around. HK_ABSENT, HK_DENIED …: the path itself. */
hk_err hk_defines_load(struct hk_defines *d, hk_str os_path);
/* Names of groups and targets that lead nowhere, and groups that contain themselves, become remarks. After the last add. */
hk_err hk_defines_check(struct hk_defines *d);
/* The definition of that name (or of that target file, "Prefetch.tkape"), case folded; NULL. */
struct hk_define *hk_defines_find(const struct hk_defines *d, hk_str name);

const struct hk_profile *hk_profile_find(const struct hk_defines *d, hk_str name);
/* Switches off what the profile does not name. What the user gave himself stays, unless `without` names it. */
void hk_profile_apply(struct hk_defines *d, const struct hk_profile *p);
bool hk_profile_leaves_out(const struct hk_profile *p, hk_str name);

/* For the readers. `text` is printf's. */
hk_err hk_defines_remark(struct hk_defines *d, enum hk_remark_kind k, hk_str file, unsigned line, const char *format, ...)
    HK_PRINTF(5, 6);
/* A new row, in the arena, NULL when there is no memory. */
struct hk_define *hk_defines_row(struct hk_defines *d, hk_str file, unsigned line, hk_str name);
/* Every YAML document of a file; one that is none is refused in a remark, and the next is read. Ends at the first error of `take`. */
struct hk_yaml;
hk_err hk_defines_each_document(struct hk_defines *d, hk_str file, hk_str bytes,
                                hk_err (*take)(struct hk_defines *d, hk_str file, const struct hk_yaml *doc));
bool hk_defines_known(const struct hk_defines *d, hk_str name);

hk_err hk_forensic_read(struct hk_defines *d, hk_str file, hk_str bytes);
hk_err hk_kape_read(struct hk_defines *d, hk_str file, hk_str bytes);
hk_err hk_attributes_read(struct hk_defines *d, hk_str file, hk_str bytes);
hk_err hk_profiles_read(struct hk_defines *d, hk_str file, hk_str bytes);

#endif
