/* What to collect, in which order, and doing it: each file is read once; the same pass hashes it, archives it and keeps
   its bytes for the examiner. */
#ifndef HK_ACQUIRE_ACQUIRE_H
#define HK_ACQUIRE_ACQUIRE_H

#include "acquire/define/define.h"
#include "module.h"
#include "source/source.h"
#include "store/store.h"

#define HK_MAX_MODULES 32
#define HK_NO_MODULE SIZE_MAX

/* One file of the plan. Pointers live in the plan's arena. */
struct hk_planned {
  struct hk_entry entry; /* path copied */
  const struct hk_artefact *artefact; /* the first that named it: rank, limits */
  uint32_t modules;      /* bit i: modules[i] examines it */
  bool store;            /* false: only when examination finds something (examine_only) */
  uint64_t limit_bytes;  /* the most that some definition allows */
  const uint32_t *defs;  /* the definitions of the plan that named it, ascending */
  size_t n_defs;
};

/* A definition, numbered through those of all modules, then those that are data. */
struct hk_definition {
  const struct hk_artefact *artefact;
  size_t module;                /* HK_NO_MODULE: it is data */
  const struct hk_define *data; /* NULL: a module's */
  bool met;                     /* at least one file */
  bool left_out;                /* by the profile: nothing was looked for */
  uint64_t n_files, n_bytes;    /* that it named */
};

/* A definition that matched nothing, or not all there is (the search was interrupted, or there are too many), or a folder
   that could not be listed. */
struct hk_missing {
  hk_str path; /* glob or folder; "" = everywhere */
  size_t def; /* SIZE_MAX: a folder that could not be listed */
  hk_err why; /* HK_ABSENT, HK_DENIED, HK_CANCELLED, … */
};

struct hk_plan {
  struct hk_arena arena;
  struct hk_definition *defs;
  size_t n_defs;
  struct hk_planned *files; /* those of shadow copies last; by rank, then path */
  size_t n_files;
  struct hk_missing *missing;
  size_t n_missing;
  uint64_t total_bytes;
};

/* What is asked for. All are borrowed for as long as the plan lives. */
struct hk_wanted {
  const struct hk_module *const *modules;
  size_t n_modules;
  const struct hk_defines *defines;  /* NULL: what the modules want, nothing else */
  const struct hk_profile *profile;  /* NULL: nothing of the modules is left out */
};

/* Asks the source for every definition. A file named by several is planned once. When `stop` (may be NULL) says so the plan holds
   what was found until then, and every definition is in `missing` as HK_CANCELLED. Of definitions that are data only the
   essential ones are missed. */
hk_err hk_plan_make(struct hk_source *s, const struct hk_wanted *w, bool (*stop)(void), struct hk_plan *out);
void hk_plan_done(struct hk_plan *p);

/* `bytes` is called with what was just read, in order, while it is archived. False: the bytes are no longer wanted. `go_on`
   (may be NULL) is asked between blocks: anything but HK_OK ends reading, and is how reading went. */
struct hk_tap {
  void *ctx;
  bool (*bytes)(void *ctx, const void *p, size_t n);
  /* So many zeroes follow, which are nowhere stored: a hole of a sparse file behind its first data. NULL: then no more is
     wanted. */
  bool (*hole)(void *ctx, uint64_t n);
  hk_err (*go_on)(void *ctx);
};

struct hk_acquired {
  hk_err read_result;        /* HK_OK, or what cut reading short or prevented it */
  struct hk_digests digests; /* of what was read; size 0 and no digest when it could not be opened */
  uint64_t read_bytes;       /* stored or not */
  bool sparse;               /* read_bytes are its data alone */
  uint64_t data_from;        /* of a sparse file: where its first byte of data stands (source.h); else 0 */
  const char *method;        /* how it was read (source.h); of what could not be opened, the source's own */
  bool stored;
  bool same; /* of a shadow copy, and its bytes are in the archive already: listed, not fed to the tap */
};

/* Bytes that reading it takes, as far as that is known before: of what may be mostly holes nothing is. */
uint64_t hk_acquire_expects(const struct hk_planned *file);
/* The largest file of that artefact that is taken. */
uint64_t hk_artefact_limit(const struct hk_artefact *a);
/* Reads one planned file once: hashes and archives it and feeds the tap. `store` NULL: the tap only. The return value is an
   error of the output, which ends the run; what happened to the file is in *out. A file of a shadow copy is hashed first, and read a
   second time only when the archive does not have its bytes. */
hk_err hk_acquire_file(struct hk_source *s, struct hk_store *store, const struct hk_planned *file, const struct hk_tap *tap,
                       struct hk_acquired *out);
/* A file that is not even opened: a line in the manifest that says why. */
hk_err hk_acquire_miss(const struct hk_source *s, struct hk_store *store, const struct hk_planned *file, hk_err why);

/* An archive as a source: our own container, or any zip that holds "C/…", "C:/…", "C%3A/…" or "fs/C:/…". */
hk_err hk_source_open_archive(hk_str os_path, struct hk_source **out);
/* The same of a file that is open, decrypted perhaps; the source owns it, and closes it when this fails. */
struct hk_age_file;
hk_err hk_source_open_archive_file(struct hk_age_file *file, struct hk_source **out);

#endif
