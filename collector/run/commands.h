/* The commands. Each returns the program's exit code and has said on the console what there is to say. */
#ifndef HK_RUN_COMMANDS_H
#define HK_RUN_COMMANDS_H

#include "run/options.h"

int hk_run_collect(const struct hk_options *o);
int hk_run_analyze(const struct hk_options *o);
int hk_run_parse(const struct hk_options *o);
int hk_run_verify(const struct hk_options *o);
int hk_run_list(const struct hk_options *o);
int hk_run_ls(const struct hk_options *o);
int hk_run_cat(const struct hk_options *o);
int hk_run_unpack(const struct hk_options *o);
int hk_run_selftest(const struct hk_options *o);
int hk_run_embed(const struct hk_options *o);
int hk_run_keygen(const struct hk_options *o);
int hk_run_version(const struct hk_options *o);
int hk_run_help(const struct hk_options *o);

/* The directory, archive (decrypted with the keys of the options), image or volume behind a path; "" is this PC. */
struct hk_source;
hk_err hk_run_open_source(const struct hk_options *o, hk_str path, struct hk_source **out);
/* After an archive could not be opened or finished: how what is in the cut-off file `partial` is saved. */
void hk_run_hint_recover(const struct hk_options *o, hk_str partial);
/* The folder the program lies in: the default place of the output. Of a stick's root it is "E:\\", never "E:". */
hk_str hk_run_own_folder(struct hk_arena *a);
/* --background and --cpu, before any thread is started. */
void hk_run_be_a_guest(const struct hk_options *o);
/* Prints the plan: paths, counts, bytes. */
struct hk_plan;
void hk_run_print_plan(const struct hk_plan *p, bool japanese);
/* Prints an error in the user's language with what it was about, and returns `exit_code`. */
int hk_run_fail(const struct hk_options *o, hk_err e, hk_str about, int exit_code);
/* The same for a source that could not be opened, with the hint where it may be a cut-off archive. */
int hk_run_fail_source(const struct hk_options *o, hk_err e, hk_str source);

#endif
