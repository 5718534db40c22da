/* Signatures as minisign makes and checks them: Ed25519 over the BLAKE2b-512 of the file ("ED"), with a comment that is signed
   too. `minisign -Vm FILE -p KEY.pub` checks what is written here; key files go both ways. */
#ifndef HK_STORE_MINISIGN_H
#define HK_STORE_MINISIGN_H

#include "base/bytes.h"
#include "base/err.h"
#include "base/str.h"
#include "store/secret.h"
#include "store/sink.h"

#define HK_SIGN_ID_BYTES 8
#define HK_SIGN_FILE_BYTES 512     /* room for a key file as text */
#define HK_SIGN_COMMENT_BYTES 1024 /* room for a signed comment */
#define HK_SIGN_SUFFIX ".minisig"

struct hk_sign_key {
  uint8_t id[HK_SIGN_ID_BYTES];
  uint8_t secret[64];
};
/* A file as `minisign -G` writes it. `p` may be NULL. HK_DENIED: it needs a passphrase (*locked), or this is not the one. */
hk_err hk_sign_key_read(hk_str text, const struct hk_passphrase *p, struct hk_sign_key *out, bool *locked);

struct hk_sign_public {
  uint8_t id[HK_SIGN_ID_BYTES];
  uint8_t key[32];
};
/* A file as minisign writes it, or its second line alone. */
hk_err hk_sign_public_read(hk_str text, struct hk_sign_public *out);

/* A new pair as the texts of its two files. With a passphrase the secret one is encrypted, which takes 1 GiB and seconds, as
   in minisign; without, as `minisign -W` leaves it. The caller wipes `secret`. */
hk_err hk_sign_keygen(const struct hk_passphrase *p, char secret[HK_SIGN_FILE_BYTES], char open[HK_SIGN_FILE_BYTES]);

/* A filter before `below`, which it owns (and closes when this fails): hashes what passes; when all is finished
   <path>.minisig is written. The signed comment is `comment`, the file's name and what finish was told. The step
   HK_SIGN_STEP: the archive is good without its signature. */
#define HK_SIGN_STEP "write signature file"
hk_err hk_sign_sink(const struct hk_sign_key *key, hk_str path, hk_str comment, struct hk_store_sink *below,
                    struct hk_store_sink **out);

/* Does the signature (the text of a .minisig) hold for these bytes and this key? HK_REFUSED: it does not, or is another key's.
   `comment` is what was signed with it, zero-terminated. */
hk_err hk_sign_check(struct hk_bytes *bytes, hk_str signature, const struct hk_sign_public *key, char comment[HK_SIGN_COMMENT_BYTES]);

#endif
