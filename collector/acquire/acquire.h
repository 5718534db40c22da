/* What to collect, in which order, and doing it: each file is read once; the same pass hashes it, archives it and keeps
   its bytes for the examiner. */
#ifndef HK_ACQUIRE_ACQUIRE_H
#define HK_ACQUIRE_ACQUIRE_H

#include "module.h"
#include "source/source.h"
#include "store/store.h"

#define HK_MAX_MODULES 32

/* One file of the plan. Pointers live in the plan's arena. */
struct hk_planned {
  struct hk_entry entry; /* path copied */
  const struct hk_artefact *artefact; /* the first that named it: rank, limits */
  uint32_t modules;      /* bit i: modules[i] examines it */
  bool store;            /* false: only when examination finds something (examine_only) */
};

/* A definition that matched nothing, or a folder that could not be listed. */
struct hk_missing {
  hk_str path; /* glob or folder */
  const struct hk_artefact *artefact;
  size_t module;
  hk_err why; /* HK_ABSENT, HK_DENIED, … */
};

struct hk_plan {
  struct hk_arena arena;
  struct hk_planned *files; /* by rank, then path */
  size_t n_files;
  struct hk_missing *missing;
  size_t n_missing;
  uint64_t total_bytes;
};

/* Asks the source for every artefact definition of the modules. A file named by several is planned once. */
hk_err hk_plan_make(struct hk_source *s, const struct hk_module *const *modules, size_t n_modules, struct hk_plan *out);
void hk_plan_done(struct hk_plan *p);

#endif
