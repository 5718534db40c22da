/* Chunks of the payload: ChaCha20-Poly1305 under a nonce that counts them and marks the last. */
#include <sodium.h>
#include <string.h>

#include "store/age_format.h"

static void nonce_of(uint64_t number, bool last, uint8_t nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES])
{
  memset(nonce, 0, crypto_aead_chacha20poly1305_ietf_NPUBBYTES);
  for (int i = 0; i < 8; i++) nonce[10 - i] = (uint8_t)(number >> (8 * i));
  nonce[11] = last;
}

void age_chunk_seal(const uint8_t key[32], uint64_t number, bool last, const uint8_t *plain, size_t n, uint8_t *out)
{
  uint8_t nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES];
  nonce_of(number, last, nonce);
  (void)crypto_aead_chacha20poly1305_ietf_encrypt(out, NULL, plain, n, NULL, 0, NULL, nonce, key);
}

bool age_chunk_open(const uint8_t key[32], uint64_t number, bool last, const uint8_t *packed, size_t n, uint8_t *plain)
{
  uint8_t nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES];
  nonce_of(number, last, nonce);
  return n >= AGE_TAG_BYTES && crypto_aead_chacha20poly1305_ietf_decrypt(plain, NULL, NULL, packed, n, NULL, 0, nonce, key) == 0;
}
