/* The keys a command line names: read from their files or asked for, used, wiped. A passphrase is never an argument: the
   command line is evidence of the case, and other programs can read it. */
#ifndef HK_RUN_KEYS_H
#define HK_RUN_KEYS_H

#include "run/options.h"
#include "store/age.h"
#include "store/minisign.h"
#include "store/sink.h"

#define HK_PASSPHRASE_VARIABLE "HIKESHI_PASSPHRASE"
#define HK_SIGN_PASSPHRASE_VARIABLE "HIKESHI_SIGN_PASSPHRASE"

/* What an output is written with. */
struct hk_output_keys {
  bool encrypt, sign;
  struct hk_age_recipients to;
  struct hk_sign_key key;
};
/* Reads and asks what the options name. Complains itself; HK_EXIT_OK or how the program ends. */
int hk_output_keys_get(const struct hk_options *o, struct hk_output_keys *k);
void hk_output_keys_done(struct hk_output_keys *k); /* wipes */
/* ".age", or nothing. */
hk_str hk_output_suffix(const struct hk_output_keys *k);
/* Puts encryption and signature in front of `below`, which they own (and close when this fails). `path` is the archive's own;
   the signature lies beside it. */
hk_err hk_output_filters(const struct hk_output_keys *k, hk_str path, hk_str comment, struct hk_store_sink *below,
                         struct hk_store_sink **out);

/* Opens a file for reading; an age file with the identities and passphrase of the options, asking for one when it must.
   HK_DENIED: no key fits; what is missing was said on the console. */
hk_err hk_run_open_locked(const struct hk_options *o, hk_str path, enum hk_age_mode mode, struct hk_age_file *out);

/* A passphrase for something new: from --passphrase-file, the environment, or asked for twice. Complains itself. */
int hk_passphrase_new(const struct hk_options *o, const char *variable, struct hk_text prompt, struct hk_passphrase *out);

#endif
