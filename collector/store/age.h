/* Encrypted files in age's first format (age-encryption.org/v1): X25519 recipients or one passphrase (scrypt), a header that
   is authenticated, a payload in chunks of 64 KiB that are authenticated one by one. `age -d` and `rage` open what is written
   here, and the other way round. Armor is read, not written. Not read: plugins, ssh keys, post-quantum recipients. */
#ifndef HK_STORE_AGE_H
#define HK_STORE_AGE_H

#include "base/bytes.h"
#include "base/err.h"
#include "base/str.h"
#include "store/secret.h"
#include "store/sink.h"

/* ---- keys -------------------------------------------------------------------------------------------------------------- */

#define HK_AGE_KEY_BYTES 32
#define HK_AGE_KEY_TEXT 80 /* room for one in text form */
#define HK_AGE_MOST_KEYS 64

/* Who can open a file: keys, or the passphrase and then nobody else. Zeroed is empty. */
struct hk_age_recipients {
  size_t n;
  uint8_t keys[HK_AGE_MOST_KEYS][HK_AGE_KEY_BYTES];
  struct hk_passphrase passphrase;
  unsigned work_factor; /* log2 of scrypt's N; 0 = age's own, 18 */
};
void hk_age_recipients_done(struct hk_age_recipients *r); /* wipes */
/* "age1…". HK_USAGE: no such key, HK_REFUSED: it is a secret one, HK_UNSUPPORTED: of a kind that is not written here. */
hk_err hk_age_recipients_add(struct hk_age_recipients *r, hk_str text);
/* A file of them, a line each; "#" begins a comment. After an error offset is the number of the line. */
hk_err hk_age_recipients_read(struct hk_age_recipients *r, hk_str text);

/* What files are opened with. Zeroed is empty. */
struct hk_age_identities {
  size_t n;
  uint8_t secret[HK_AGE_MOST_KEYS][HK_AGE_KEY_BYTES];
  uint8_t open[HK_AGE_MOST_KEYS][HK_AGE_KEY_BYTES]; /* the recipient of each */
  struct hk_passphrase passphrase;
};
void hk_age_identities_done(struct hk_age_identities *i); /* wipes */
/* A file of "AGE-SECRET-KEY-1…" lines and comments, as age-keygen writes it. Offset as above. */
hk_err hk_age_identities_read(struct hk_age_identities *i, hk_str text);
/* A new pair in text form; the caller wipes `identity`. */
hk_err hk_age_keygen(char identity[HK_AGE_KEY_TEXT], char recipient[HK_AGE_KEY_TEXT]);

/* ---- writing ------------------------------------------------------------------------------------------------------------- */

/* A filter before `below`, which it owns (and closes when this fails): writes the header at once, then a chunk whenever one is
   full. What does not fill a chunk waits for more or for the end: a killed run loses no more than that. */
hk_err hk_age_sink(const struct hk_age_recipients *to, struct hk_store_sink *below, struct hk_store_sink **out);

/* ---- reading ------------------------------------------------------------------------------------------------------------- */

/* How a file is locked. */
enum hk_age_lock { HK_AGE_OPEN, HK_AGE_TO_KEYS, HK_AGE_TO_PASSPHRASE };

enum hk_age_mode {
  HK_AGE_WHOLE, /* a file that was cut off is HK_TRUNCATED; a damaged chunk is HK_DAMAGED when it is read */
  HK_AGE_SAVE,  /* for recovery: what is whole of a cut-off file; a damaged chunk reads as zeros */
};

/* Does a file with these first bytes claim to be an age file? */
bool hk_age_is(const void *p, size_t n);

/* The plain bytes of an age file, read anywhere; `in` is borrowed and outlives it. No chunk is given out that is not
   authentic. HK_DENIED: none of the keys fits (*lock says what kind it wants), HK_DAMAGED, HK_TRUNCATED, HK_UNSUPPORTED.
   Safe from any thread. */
hk_err hk_age_bytes_open(struct hk_bytes *in, const struct hk_age_identities *with, enum hk_age_mode mode, enum hk_age_lock *lock,
                         struct hk_bytes **out);
void hk_age_bytes_close(struct hk_bytes *b); /* NULL is fine */

/* A file as it is or, where it is an age file, decrypted. `with` may be NULL. */
struct hk_age_file {
  struct hk_bytes *bytes;    /* plain */
  struct hk_bytes *raw;      /* as it lies there; the same where nothing is encrypted */
  enum hk_age_lock lock;     /* set after a failure, too */
  bool cut_off;              /* HK_AGE_SAVE: the file's end is missing */
};
hk_err hk_age_file_open(hk_str os_path, const struct hk_age_identities *with, enum hk_age_mode mode, struct hk_age_file *out);
void hk_age_file_close(struct hk_age_file *f);
/* Chunks that read as zeros until now. */
uint64_t hk_age_file_n_bad(const struct hk_age_file *f);

#endif
