/* Lines of minisign's files (jedisct1.github.io/minisign, "Signature format" and the two after it). */
#ifndef HK_STORE_MINISIGN_FORMAT_H
#define HK_STORE_MINISIGN_FORMAT_H

#include "store/minisign.h"

#define SIGN_UNTRUSTED "untrusted comment: "
#define SIGN_TRUSTED "trusted comment: "
#define SIGN_SIGNATURE_BYTES 64
#define SIGN_HASH_BYTES 64 /* BLAKE2b-512 */
#define SIGN_LONGEST_TEXT ((size_t)16 * 1024)

/* The first words of a file: a comment line, then n bytes in base 64 on a line. False when it is not so. */
bool sign_get_line(hk_str text, size_t *at, const char *comment, hk_str *comment_text, uint8_t *out, size_t n);

#endif
