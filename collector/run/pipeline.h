/* The line from a source to facts, shared by collect and analyze:
     plan -> (this thread) read, hash, archive -> belt -> (second thread) examine -> facts, results, coverage */
#ifndef HK_RUN_PIPELINE_H
#define HK_RUN_PIPELINE_H

#include "acquire/acquire.h"
#include "answer/answer.h"
#include "examine/examine.h"
#include "os/confine.h"
#include "run/budget.h"
#include "run/cover.h"
#include "run/definitions.h"
#include "run/log.h"
#include "run/options.h"
#include "run/results.h"
#include "run/told.h"
#include "source/source.h"
#include "store/store.h"

struct hk_run {
  const struct hk_options *options;
  struct hk_arena arena;
  struct hk_source *source;
  struct hk_store *store; /* NULL: nothing is archived (analyze) */
  struct hk_defines defines;
  const struct hk_profile *profile;
  struct hk_plan plan;
  struct hk_facts *facts;
  struct hk_results *results;
  struct hk_cover *cover;
  struct hk_told *told; /* NULL: nothing can be said twice */
  struct hk_examiner *examiner;
  struct hk_log *log;
  struct hk_budget *budget; /* what may still be taken */
  hk_str out_dir;         /* where the output goes; "" = nowhere that space could be asked of. Set before hk_run_open */
  bool locked;            /* set before opening: nothing plain may lie beside the archive */
  hk_str work_dir;        /* spooled results and the case database */
  hk_str database;        /* os path of case.sqlite in it */
  hk_time started_at;
  hk_str confinement;     /* what holds the examiner, for people */
  bool confined;          /* every probe was refused */
  uint64_t n_lost;        /* artefacts that were denied, damaged or lost */
  uint64_t n_not_done;    /* artefacts that an interrupt left alone */
  uint64_t n_left_out;    /* artefacts that a limit or a full disk left out, whole or in part */
  bool told_left_out;     /* the console knows */
  bool work_full;         /* work files must not grow any more: nothing is examined from here on */
  uint64_t n_records;
  bool no_examiner;       /* no child could be started any more: the rest was collected, not examined */
  bool cancelled;
};

/* What this run asks a source for. Definitions are loaded already. */
struct hk_wanted hk_run_wanted(const struct hk_run *r);
/* Opens log, plan, work folder ("" = all work in memory), facts, results, coverage and the examiner. The source is open already. On failure `exit_code`
   says how the program ends and the reason is on the console. */
hk_err hk_run_open(struct hk_run *r, const struct hk_options *o, hk_str work_dir, int *exit_code);
/* Reads and examines everything of the plan. */
hk_err hk_run_all(struct hk_run *r);
/* How the program ends after `e`, an error of hk_run_all or of the products. */
int hk_run_exit_of(hk_err e);
/* How it ends when all went well that can be told from an error: complete, partial, interrupted. */
int hk_run_exit_code(const struct hk_run *r);
/* Frees all; the work folder is deleted. */
void hk_run_close(struct hk_run *r);

/* Tells the budget how large the work files have become. For the thread that writes them. */
void hk_run_measure_work(struct hk_run *r);
/* Closes and deletes the work files: the space is needed, and nothing more comes of them. */
void hk_run_drop_work(struct hk_run *r);

/* Set from a signal: the pipeline stops after the block at hand. */
void hk_run_interrupt(void);
bool hk_run_interrupted(void);

#endif
