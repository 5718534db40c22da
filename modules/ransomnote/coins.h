/* Addresses whose own checksum says whether they are real. */
#ifndef HK_MODULES_RANSOMNOTE_COINS_H
#define HK_MODULES_RANSOMNOTE_COINS_H

#include <stdbool.h>

#include "base/str.h"

/* Base58Check (1…, 3…) with double SHA-256, or Bech32 and Bech32m (bc1…, BIP 173 and 350). */
bool coin_is_bitcoin(hk_str s);
/* Monero base58 in blocks, network byte of the main net, Keccak-256 checksum. */
bool coin_is_monero(hk_str s);
/* Version 3 onion name (56 characters without ".onion"): SHA3-256 checksum and version byte. */
bool coin_is_onion_v3(hk_str s);

#endif
