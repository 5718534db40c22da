/* Things that must not outlive their use: passphrases and files of keys. What is given back is overwritten first. */
#ifndef HK_STORE_SECRET_H
#define HK_STORE_SECRET_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

#define HK_PASSPHRASE_BYTES 1024

/* n == 0: none. */
struct hk_passphrase {
  size_t n;
  char p[HK_PASSPHRASE_BYTES];
};
/* HK_USAGE when it is empty or too long. */
hk_err hk_passphrase_set(struct hk_passphrase *to, hk_str s);
void hk_secret_wipe(void *p, size_t n);

/* A small text file in memory of its own. HK_LIMIT when it is no small file. */
struct hk_secret_text {
  uint8_t *p;
  size_t n;
};
hk_err hk_secret_read(hk_str os_path, struct hk_secret_text *out);
void hk_secret_done(struct hk_secret_text *t); /* wipes and frees */
hk_str hk_secret_str(const struct hk_secret_text *t);
/* The next line of `text` from *at, without its line end (LF or CR LF); false at the end. */
bool hk_secret_line(hk_str text, size_t *at, hk_str *line);

#endif
