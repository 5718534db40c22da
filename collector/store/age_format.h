/* The parts of an age file: header and payload key. What the format says is from age-encryption.org/v1. */
#ifndef HK_STORE_AGE_FORMAT_H
#define HK_STORE_AGE_FORMAT_H

#include "base/buf.h"
#include "base/cur.h"
#include "store/age.h"

#define AGE_VERSION_LINE "age-encryption.org/v1"
#define AGE_FILE_KEY_BYTES 16
#define AGE_NONCE_BYTES 16
#define AGE_TAG_BYTES 16
#define AGE_CHUNK_BYTES ((size_t)64 * 1024)
#define AGE_PACKED_CHUNK_BYTES (AGE_CHUNK_BYTES + AGE_TAG_BYTES)
/* Room for some 600 recipients. Every stanza costs work before anything is authentic, so there is a ceiling. */
#define AGE_LARGEST_HEADER ((size_t)64 * 1024)
/* scrypt with N = 2^22 takes 4 GiB: age itself goes no higher. */
#define AGE_LARGEST_WORK_FACTOR 22
#define AGE_WORK_FACTOR 18

/* The header for a new file key. */
hk_err age_header_put(struct hk_buf *out, const struct hk_age_recipients *to, const uint8_t file_key[AGE_FILE_KEY_BYTES]);
/* Reads a header; the cursor stands behind it afterwards. `whole`: the cursor's end is the file's. */
hk_err age_header_get(struct hk_cur *in, bool whole, const struct hk_age_identities *with, enum hk_age_lock *lock,
                      uint8_t file_key[AGE_FILE_KEY_BYTES]);

void age_payload_key(const uint8_t file_key[AGE_FILE_KEY_BYTES], const uint8_t nonce[AGE_NONCE_BYTES], uint8_t key[32]);
/* One chunk of n <= AGE_CHUNK_BYTES plain bytes; `out` holds AGE_TAG_BYTES more. */
void age_chunk_seal(const uint8_t key[32], uint64_t number, bool last, const uint8_t *plain, size_t n, uint8_t *out);
/* n: of the packed chunk. False when it is not authentic; then `plain` is not touched. */
bool age_chunk_open(const uint8_t key[32], uint64_t number, bool last, const uint8_t *packed, size_t n, uint8_t *plain);

#endif
