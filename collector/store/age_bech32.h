/* Bech32 (BIP 173, without its limit of 90 characters) for what age writes so: keys of 32 bytes. */
#ifndef HK_STORE_AGE_BECH32_H
#define HK_STORE_AGE_BECH32_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

#define AGE_KEY_BYTES 32
/* Prefix, "1", 52 digits, 6 of checksum, zero; prefixes are at most 16 long. */
#define AGE_BECH32_ROOM 80

/* `prefix` decides the case of it all: "age" gives lower, "AGE-SECRET-KEY-" upper. */
void age_bech32_put(const char *prefix, const uint8_t key[AGE_KEY_BYTES], char out[AGE_BECH32_ROOM]);
/* False when s is not exactly such a text: prefix in its case, one case throughout, 32 bytes, zero bits behind them, checksum. */
bool age_bech32_get(const char *prefix, hk_str s, uint8_t key[AGE_KEY_BYTES]);

#endif
