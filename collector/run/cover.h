/* Coverage as it comes about: every definition, kind of log and instance ends in a row, whatever happened to the file. */
#ifndef HK_RUN_COVER_H
#define HK_RUN_COVER_H

#include "acquire/acquire.h"
#include "answer/facts.h"
#include "examine/examine.h"

/* Of definitions that are data: there is no module that could say of what kind they are. */
extern const struct hk_kind hk_collection_kind;

struct hk_cover;

#define HK_COVER_LEFT_OUT "examine: the module was left out"

/* `complete`: the source holds every file of the PC, so a search through it that finds nothing is a claim. */
hk_err hk_cover_open(struct hk_facts *f, const struct hk_plan *p, const struct hk_module *const *modules, bool complete,
                     struct hk_cover **out);
void hk_cover_close(struct hk_cover *c);
/* Modules that examine nothing, as bits: their searches were not made. */
void hk_cover_leave_out(struct hk_cover *c, uint32_t modules);

/* One file with one module: begin, then what the sink hears, then end. */
void hk_cover_begin(struct hk_cover *c, const struct hk_planned *file, size_t module, int64_t artefact);
void hk_cover_record(struct hk_cover *c, const struct hk_record_type *t, size_t kind, const void *record);
void hk_cover_claim(struct hk_cover *c, const struct hk_kind *kind, hk_str instance, hk_time lo, hk_time hi, bool partial,
                    hk_str why);
/* `e`: HK_OK, or what kept the file from being read or examined; notes make it partial. */
hk_err hk_cover_end(struct hk_cover *c, hk_err e, uint64_t n_notes, hk_str why);
/* Rows for folders and for all that was missing. `folder_born` tells when a folder was made, 0 = unknown. */
hk_err hk_cover_finish(struct hk_cover *c, hk_time (*folder_born)(void *ctx, hk_str folder), void *ctx);

/* Shadow copies are no instances of the logs in them: what an older day would have shown excludes nothing today, and what it hides, hides
   nothing of today. Each has one row of this kind: how many files of it were looked at, how many are as they are today, what was lost. */
extern const struct hk_kind hk_cover_shadows;
void hk_cover_shadow_same(struct hk_cover *c, const struct hk_planned *file);
hk_err hk_cover_shadow_rows(struct hk_cover *c, struct hk_source *s);

/* The state that an error leaves in coverage. */
enum hk_cover_state hk_cover_state_of(hk_err e);

#endif
